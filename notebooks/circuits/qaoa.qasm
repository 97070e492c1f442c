OPENQASM 3.0;
include "stdgates.inc";
// One layer of QAOA for MaxCut on a ring of six: 010101 and 101010 cut every edge. The angles are the best for
// one layer on a ring, gamma = pi/4 and beta = pi/8, and cut 3/4 of the edges on average.
gate cost(theta) a, b {
  cx a, b;
  rz(theta) b;
  cx a, b;
}
qubit[6] q;
bit[6] c;
h q;
cost(-pi / 4) q[0], q[1];
cost(-pi / 4) q[1], q[2];
cost(-pi / 4) q[2], q[3];
cost(-pi / 4) q[3], q[4];
cost(-pi / 4) q[4], q[5];
cost(-pi / 4) q[5], q[0];
rx(pi / 4) q;
c = measure q;
