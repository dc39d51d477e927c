package dev.coppice.pipeline.measure;

/**
 * Estimates energy from operation counts by the constants of M. Horowitz, "Computing's energy problem", ISSCC 2014 (45 nm): a
 * float32 multiplication 3.7 pJ, addition 0.9 pJ, 32 bits from DRAM 640 pJ, 32 bits from an 8 KB SRAM 5 pJ. Weights are assumed
 * to come from DRAM, activations from SRAM; every type is charged by its bytes, arithmetic as float32. An estimate for comparing
 * models, not a prediction for any machine.
 */
public final class Energy {

    private static final double MULTIPLY_ADD_PJ = 3.7 + 0.9;
    private static final double DRAM_PJ_PER_BYTE = 640 / 4.0;
    private static final double SRAM_PJ_PER_BYTE = 5 / 4.0;
    private static final double PJ_PER_MICROJOULE = 1e6;

    private Energy() {}

    /** Returns the estimate in microjoules. */
    public static double microjoules(long macs, long weightBytes, long activationBytes) {
        return (macs * MULTIPLY_ADD_PJ + weightBytes * DRAM_PJ_PER_BYTE + activationBytes * SRAM_PJ_PER_BYTE)
                / PJ_PER_MICROJOULE;
    }
}
