package dev.coppice.prune.group;

/**
 * Where labels of a constant start.
 *
 * @param constant name of the initializer, or of the output of the Constant or ConstantOfShape node
 * @param use 0 when all users share its labels; vectors have labels of their own for each node and operand, counted from 1
 * @param axis of the constant as it is stored
 */
record Origin(String constant, int use, int axis) {}
