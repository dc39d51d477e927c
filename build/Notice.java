import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Writes the NOTICE of the application: every jar and every native library inside, each with its licence.
 *
 * <p>Licences of jars are those of their poms, parents included, which Maven puts beside the jars. Those of native libraries, and
 * what poms' names of licences mean, stand in licences.txt beside this file. A jar or a native library whose licence is not known
 * ends the build: whoever adds one looks it up.
 *
 * <p>Run as {@code java Notice.java licences.txt LIB OUT}: reads {@code LIB/*.jar} and {@code LIB/*.pom}, writes {@code OUT/NOTICE}
 * and, as far as the jars carry any, the licences' texts in {@code OUT/licenses}.
 */
final class Notice {
    private static final Pattern TEXT = Pattern.compile(
            "(?i)(.*/)?[\\w.-]*(licen[cs]es?|notices?|copying|copyright|AL2\\.0|LGPL2\\.1)(\\.(txt|md))?");
    private static final Pattern NATIVE_NAME =
            Pattern.compile("(?i).*\\.(so(\\.\\d+)*|dll|dylib|jnilib|a|lib|exe|node|wasm)");

    /** How ELF, PE, archives, Mach-O (either order of bytes, many machines) and WebAssembly begin. */
    private static final List<String> NATIVE_MAGIC = List.of(
            "7f454c46",
            "4d5a",
            "213c617263683e",
            "feedface",
            "feedfacf",
            "cefaedfe",
            "cffaedfe",
            "cafebabe",
            "0061736d");

    private static final int LONGEST_MAGIC = 8;

    /** A rule for native libraries: those of jars and paths that fit the globs are this component. */
    private record Native(String jar, String path, String component, String licence, String inside) {
        boolean fits(String jarName, String entry) {
            return glob(jar, jarName) && glob(path, entry);
        }
    }

    private final Path lib;
    private final Map<String, String> licenceNames = new TreeMap<>();
    private final List<Native> natives = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final StringBuilder jarLines = new StringBuilder();
    private final StringBuilder nativeLines = new StringBuilder();
    private final Map<String, byte[]> texts = new TreeMap<>();

    private Notice(Path lib, Path table) throws IOException {
        this.lib = lib;
        for (String line : Files.readAllLines(table)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                read(line);
            }
        }
    }

    public static void main(String[] args) throws IOException {
        Path out = Path.of(args[2]);
        clear(out);
        var notice = new Notice(Path.of(args[1]), Path.of(args[0]));
        for (Path jar : list(notice.lib, ".jar")) {
            notice.add(jar);
        }
        if (!notice.problems.isEmpty()) {
            notice.problems.forEach(problem -> System.err.println("[ERROR] NOTICE: " + problem));
            System.exit(1);
        }
        notice.write(out);
    }

    private void read(String line) {
        String[] cells = Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
        switch (cells[0]) {
            case "licence" -> licenceNames.put(cells[1].toLowerCase(Locale.ROOT), cells[2]);
            case "native" -> natives.add(new Native(cells[1], cells[2], cells[3], cells[4], cells[5]));
            default -> throw new IllegalArgumentException("licences.txt: " + line);
        }
    }

    private void add(Path jar) throws IOException {
        String name = jar.getFileName().toString();
        List<String> found = new ArrayList<>();
        Map<String, Set<String>> libraries = new LinkedHashMap<>();
        try (var file = new JarFile(jar.toFile())) {
            List<JarEntry> entries = Collections.list(file.entries());
            entries.sort(Comparator.comparing(JarEntry::getName));
            for (JarEntry entry : entries) {
                if (entry.isDirectory() || entry.getName().endsWith(".class")) {
                    continue;
                }
                if (TEXT.matcher(entry.getName()).matches()) {
                    String text = name + "/" + entry.getName().replace('/', '-');
                    texts.put(text, file.getInputStream(entry).readAllBytes());
                    found.add(text);
                } else if (isNative(file, entry)) {
                    String library = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                    libraries
                            .computeIfAbsent(describe(name, entry.getName()), component -> new TreeSet<>())
                            .add(library);
                }
            }
        }
        jarLines.append(name).append(": ").append(licence(name)).append('\n');
        found.forEach(text -> jarLines.append("    licenses/").append(text).append('\n'));
        if (!libraries.isEmpty()) {
            nativeLines.append(name).append('\n');
            libraries.forEach((component, files) -> nativeLines
                    .append("    ")
                    .append(String.join(", ", files))
                    .append("\n        ")
                    .append(component)
                    .append('\n'));
        }
    }

    private static boolean isNative(JarFile jar, JarEntry entry) throws IOException {
        if (NATIVE_NAME.matcher(entry.getName()).matches()) {
            return true;
        }
        try (InputStream in = jar.getInputStream(entry)) {
            var begin = new StringBuilder();
            for (byte value : in.readNBytes(LONGEST_MAGIC)) {
                begin.append(String.format(Locale.ROOT, "%02x", value));
            }
            return NATIVE_MAGIC.stream().anyMatch(begin.toString()::startsWith);
        }
    }

    private String describe(String jar, String entry) {
        for (Native rule : natives) {
            if (rule.fits(jar, entry)) {
                return rule.component + ": " + rule.licence
                        + (rule.inside.isEmpty() ? "" : "\n        inside: " + rule.inside);
            }
        }
        problems.add(jar + " holds the native library " + entry + ", whose licence build/licences.txt does not name");
        return "unknown";
    }

    /** Names the licence of a jar: that of its pom, or of the nearest parent that declares one. */
    private String licence(String jar) throws IOException {
        Path pom = pomOf(jar);
        while (pom != null) {
            Element project = parse(pom);
            Element licenses = child(project, "licenses");
            if (licenses != null) {
                return known(jar, licenses);
            }
            Element parent = child(project, "parent");
            pom = parent == null
                    ? null
                    : lib.resolve(text(parent, "artifactId") + "-" + text(parent, "version") + ".pom");
            if (pom != null && !Files.exists(pom)) {
                problems.add(jar + " names no licence, and its parent " + pom.getFileName() + " is not there");
                return "unknown";
            }
        }
        problems.add(jar + " has no pom that names a licence");
        return "unknown";
    }

    /** A project that declares several lets one choose. */
    private String known(String jar, Element licenses) {
        List<String> names = new ArrayList<>();
        for (Element license : children(licenses, "license")) {
            String name = text(license, "name");
            String known = licenceNames.get(name.toLowerCase(Locale.ROOT));
            if (known == null) {
                problems.add(jar + " is under \"" + name + "\", which build/licences.txt does not know");
            } else {
                names.add(known);
            }
        }
        return String.join(" OR ", names);
    }

    /** Finds the pom beside a jar, whose name may go on with a classifier. */
    private Path pomOf(String jar) throws IOException {
        String name = jar.substring(0, jar.length() - ".jar".length());
        return list(lib, ".pom").stream()
                .filter(pom -> {
                    String base = pom.getFileName().toString().replaceFirst("\\.pom$", "");
                    return name.equals(base) || name.startsWith(base + "-");
                })
                .max(Comparator.comparingInt(pom -> pom.getFileName().toString().length()))
                .orElse(null);
    }

    private void write(Path out) throws IOException {
        for (Map.Entry<String, byte[]> text : texts.entrySet()) {
            Path file = out.resolve("licenses").resolve(text.getKey());
            Files.createDirectories(file.getParent());
            Files.write(file, text.getValue());
        }
        Files.writeString(out.resolve("NOTICE"), """
            Coppice is under the Apache License, version 2.0. The application is built of the jars below; a licence
            is what the jar's project declares ("OR": as you choose), followed by the texts that the jar carries.

            %s
            Native libraries inside them ("inside": what is linked into a library, as far as its names tell):

            %s\
            """.formatted(jarLines, nativeLines), StandardCharsets.UTF_8);
    }

    /** What a build that fails leaves must not pass for its NOTICE. */
    private static void clear(Path out) throws IOException {
        Files.deleteIfExists(out.resolve("NOTICE"));
        Path licenses = out.resolve("licenses");
        if (Files.exists(licenses)) {
            try (Stream<Path> files = Files.walk(licenses)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static List<Path> list(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static boolean glob(String pattern, String name) {
        return FileSystems.getDefault().getPathMatcher("glob:" + pattern).matches(Path.of(name));
    }

    private static Element parse(Path pom) throws IOException {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(pom.toFile()).getDocumentElement();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(pom.toString(), e);
        }
    }

    private static List<Element> children(Element of, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = of.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    private static Element child(Element of, String name) {
        List<Element> found = children(of, name);
        return found.isEmpty() ? null : found.getFirst();
    }

    private static String text(Element of, String name) {
        Element element = child(of, name);
        return element == null ? "" : element.getTextContent().strip().replaceAll("\\s+", " ");
    }
}
