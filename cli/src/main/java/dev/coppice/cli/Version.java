package dev.coppice.cli;

import picocli.CommandLine.IVersionProvider;

/** Tells the version that the build wrote into the jar's manifest. */
final class Version implements IVersionProvider {
    /** Returns one line, "coppice VERSION"; VERSION is "unpackaged" for classes outside a jar, as in tests. */
    static String line() {
        String version = Version.class.getPackage().getImplementationVersion();
        return "coppice " + (version == null ? "unpackaged" : version);
    }

    @Override
    public String[] getVersion() {
        return new String[] {line()};
    }
}
