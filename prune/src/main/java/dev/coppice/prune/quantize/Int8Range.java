package dev.coppice.prune.quantize;

/** How much of the int8 range weights use. */
public enum Int8Range {
    /** -127 to 127. */
    FULL(127),

    /**
     * -63 to 63: 7 bits. CPUs without VNNI add two products of a uint8 and an int8 in 16 bits (pmaddubsw), which saturates beyond
     * 32,767; 2 x 255 x 63 does not reach that.
     */
    SEVEN_BIT(63);

    private final int most;

    Int8Range(int most) {
        this.most = most;
    }

    /** Returns the greatest magnitude of a quantized weight. */
    public int most() {
        return most;
    }
}
