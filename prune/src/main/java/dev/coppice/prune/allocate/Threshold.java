package dev.coppice.prune.allocate;

/** Tells the lowest units from the others: all whose key is below {@code key}, and the first {@code ties} of those that equal it. */
record Threshold(long key, long ties) {}
