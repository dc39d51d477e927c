package dev.coppice.pipeline.data.file;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;

/** What the segments before a JPEG file's first scan say of its colours. */
public final class JpegHeader {

    private static final int ADOBE = 0xee;
    private static final int START_OF_SCAN = 0xda;
    private static final int END = 0xd9;

    private int components;
    private OptionalInt transform = OptionalInt.empty();

    private JpegHeader(Path file) throws IOException {
        try (var in = new DataInputStream(DataFiles.open(file))) {
            in.readUnsignedShort();
            for (int marker = marker(in); marker != START_OF_SCAN && marker != END; marker = marker(in)) {
                segment(marker, in.readNBytes(in.readUnsignedShort() - 2));
            }
        }
    }

    private static int marker(DataInputStream in) throws IOException {
        int next = in.readUnsignedByte();
        while (next == 0xff) {
            int marker = in.readUnsignedByte();
            if (marker != 0xff) {
                return marker;
            }
        }
        return END;
    }

    private void segment(int marker, byte[] bytes) {
        // SOF0 to SOF15 but for the tables DHT, JPG and DAC: precision, height, width, components.
        boolean frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (frame && bytes.length >= 6) {
            components = bytes[5];
        }
        if (marker == ADOBE
                && bytes.length >= 12
                && new String(bytes, 0, 5, StandardCharsets.US_ASCII).equals("Adobe")) {
            transform = OptionalInt.of(bytes[11]);
        }
    }

    /** Returns how many components a pixel has; 0 when the file does not say. */
    public static int components(Path file) throws IOException {
        return new JpegHeader(file).components;
    }

    /** Returns the colour transform of Adobe's segment (2: YCCK), if there is one: inks are stored inverted then. */
    public static OptionalInt adobe(Path file) throws IOException {
        return new JpegHeader(file).transform;
    }
}
