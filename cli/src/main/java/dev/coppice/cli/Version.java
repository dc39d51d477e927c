package dev.coppice.cli;

/** Tells the version that the build wrote into the jar's manifest. */
final class Version {
    private Version() {}

    /** Returns one line, "coppice VERSION"; VERSION is "unpackaged" for classes outside a jar, as in tests. */
    static String line() {
        String version = Version.class.getPackage().getImplementationVersion();
        return "coppice ".concat(version == null ? "unpackaged" : version);
    }
}
