package dev.coppice.prune.score;

/** What a criterion must know about a network before it can score. */
public enum Evidence {
    /** The weights themselves. */
    WEIGHTS
}
