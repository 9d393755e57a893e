"""Virtual limbs with weight, joints, contacts and objects, in MuJoCo (extra `sim`)."""
