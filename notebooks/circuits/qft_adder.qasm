OPENQASM 2.0;
include "qelib1.inc";
// Draper's adder: b <- a + b modulo 8 in the Fourier basis, here 3 + 4 = 7.
qreg a[3];
qreg b[3];
creg sum[3];
// a = 3, b = 4
x a[0];
x a[1];
x b[2];
// Fourier transform of b
h b[2];
cu1(pi/2) b[1], b[2];
cu1(pi/4) b[0], b[2];
h b[1];
cu1(pi/2) b[0], b[1];
h b[0];
// add a
cu1(pi) a[2], b[2];
cu1(pi/2) a[1], b[2];
cu1(pi/4) a[0], b[2];
cu1(pi) a[1], b[1];
cu1(pi/2) a[0], b[1];
cu1(pi) a[0], b[0];
// back from the Fourier basis
h b[0];
cu1(-pi/2) b[0], b[1];
h b[1];
cu1(-pi/4) b[0], b[2];
cu1(-pi/2) b[1], b[2];
h b[2];
measure b -> sum;
