import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites old classes in jars to a class-file version that the JVM's AOT cache accepts.
 *
 * <p>picocli ships Java 5 classes. The AOT cache leaves out what is older than Java 6, as such classes have no stack maps and
 * must be verified anew at every start, which more than doubles the time that a command needs to begin. The code stays as it
 * is; it gains stack maps and a version number. Jars without old classes are left alone.
 *
 * <p>Run as {@code java RaiseClassFiles.java JAR...}.
 */
final class RaiseClassFiles {
    /** The first version that must have stack maps. */
    private static final int WITH_STACK_MAPS = ClassFile.JAVA_7_VERSION;

    private static final ClassTransform RAISE = ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
            .andThen((type, element) -> {
                if (element instanceof ClassFileVersion) {
                    type.withVersion(WITH_STACK_MAPS, 0);
                } else {
                    type.with(element);
                }
            });

    public static void main(String[] jars) throws IOException {
        for (String jar : jars) {
            raise(Path.of(jar));
        }
    }

    private static void raise(Path jar) throws IOException {
        Path raised = jar.resolveSibling(jar.getFileName() + ".raised");
        try {
            if (copy(jar, raised)) {
                Files.move(raised, jar, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(raised);
        }
    }

    /** Copies a jar and tells whether a class in it was raised. */
    private static boolean copy(Path from, Path to) throws IOException {
        boolean anyRaised = false;
        try (var in = new JarFile(from.toFile());
                var types = new URLClassLoader(new URL[] {from.toUri().toURL()});
                var out = new JarOutputStream(Files.newOutputStream(to))) {
            // Stack maps need to know which types are interfaces and what they extend.
            var hierarchy = ClassHierarchyResolver.ofResourceParsing(types).orElse(ClassHierarchyResolver.defaultResolver());
            var classFile = ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(hierarchy));
            for (JarEntry entry : Collections.list(in.entries())) {
                byte[] bytes = in.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith(".class")) {
                    ClassModel model = classFile.parse(bytes);
                    if (model.majorVersion() < WITH_STACK_MAPS) {
                        bytes = classFile.transformClass(model, RAISE);
                        anyRaised = true;
                    }
                }
                out.putNextEntry(new JarEntry(entry.getName()));
                out.write(bytes);
            }
        }
        return anyRaised;
    }
}
