package dev.coppice.bench.guard;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BordersTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // ir publishes its test helpers as a jar, with all its tests in it.
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.coppice");

    private static final int CLASSES_OF_A_CYCLE = 5;

    private static final int RECORD_COMPONENTS = 8;

    /** The siblings prune, runtime and train meet in pipeline only. */
    @ParameterizedTest
    @CsvSource({
        "ir,       prune runtime train pipeline cli bench",
        "prune,    runtime train pipeline cli bench",
        "runtime,  prune train pipeline cli bench",
        "train,    prune runtime pipeline cli bench",
        "pipeline, cli bench",
        "cli,      bench",
    })
    void moduleKnowsNothingOf(String module, String others) {
        String[] forbidden =
                Arrays.stream(others.split(" ")).map(BordersTest::packagesOf).toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(packagesOf(module))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(ALL);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.coppice.(**)").should().beFreeOfCycles().check(ALL);
    }

    /** Classes that all reach each other can only be read together; the coupling rules call each other, operator by operator. */
    @Test
    void fewClassesOfAPackageFormACycle() {
        assertThat(ClassCycles.of(ALL))
                .filteredOn(cycle -> cycle.size() > CLASSES_OF_A_CYCLE)
                .as("more than %d classes that reach each other", CLASSES_OF_A_CYCLE)
                .allSatisfy(cycle -> assertThat(cycle.packageName()).isEqualTo("dev.coppice.prune.group"))
                .isNotEmpty();
    }

    /** More values than this have parts with names of their own. */
    @Test
    void recordsHaveFewComponents() {
        assertThat(ALL)
                .filteredOn(JavaClass::isRecord)
                .filteredOn(type -> components(type) > RECORD_COMPONENTS)
                .extracting(JavaClass::getName)
                .as("more than %d components", RECORD_COMPONENTS)
                .isEmpty();
    }

    private static long components(JavaClass record) {
        return record.getFields().stream()
                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                .count();
    }

    @Test
    void onlyTheCommandLineUsesStandardStreams() {
        noClasses()
                .that()
                .resideOutsideOfPackages(packagesOf("cli"), packagesOf("bench"))
                .should(ACCESS_STANDARD_STREAMS)
                .check(ALL);
    }

    @Test
    void onlyTheKernelsUseTheVectorApi() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.coppice.runtime.kernel")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(ALL);
    }

    /** A run takes the threads that it was given: what is parallel goes through {@code Parallel}. A benchmark compares with a parallel sort. */
    private static final ArchRule NO_COMMON_POOL = noClasses()
            .that()
            .resideOutsideOfPackage("dev.coppice.bench")
            .should()
            .accessTargetWhere(
                    nameMatching("parallel|parallelStream|commonPool|parallelSort|parallelPrefix|parallelSetAll")
                            .onResultOf((JavaAccess<?> access) -> access.getTarget())
                            .and(owner(resideInAPackage("java.util..")).onResultOf(JavaAccess::getTarget)))
            .orShould()
            .callMethod(CompletableFuture.class, "supplyAsync", Supplier.class)
            .orShould()
            .callMethod(CompletableFuture.class, "runAsync", Runnable.class);

    @Test
    void nothingRunsInTheCommonPool() {
        NO_COMMON_POOL.check(ALL);
    }

    @ParameterizedTest
    @ValueSource(classes = {ParallelStream.class, WithoutAnExecutor.class})
    void theCommonPoolIsFound(Class<?> user) {
        var result = NO_COMMON_POOL.evaluate(new ClassFileImporter().importClasses(user));
        assertThat(result.hasViolation()).isTrue();
    }

    private static final class ParallelStream {
        static int use(List<Integer> numbers) {
            return numbers.stream().mapToInt(Integer::intValue).parallel().sum();
        }
    }

    private static final class WithoutAnExecutor {
        static CompletableFuture<Integer> use() {
            return CompletableFuture.supplyAsync(() -> 1);
        }
    }

    /** Whoever touches ONNX Runtime first loads it, with its telemetry unless that is switched off before. */
    @Test
    void onlyOneClassLoadsOnnxRuntime() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.coppice.runtime.ort.OrtLibrary")
                .should()
                .callMethodWhere(
                        target(owner(name(OrtEnvironment.class.getName()))).and(target(nameMatching("getEnvironment"))))
                .orShould()
                .callConstructor(OrtSession.SessionOptions.class)
                .check(ALL);
    }

    /** The Java classes around the tokenizers' natives call home, and write to the user's home. */
    @Test
    void onlyTheBareTokenizersAreUsed() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAPackage("ai.djl..").and(not(resideInAPackage("ai.djl.huggingface.tokenizers.jni"))))
                .check(ALL);
    }

    /** A rule over no classes holds: make sure that there are some. */
    @ParameterizedTest
    @CsvSource({"ir", "prune", "runtime", "train", "pipeline", "cli", "bench"})
    void moduleIsSeen(String module) {
        assertThat(ALL).anyMatch(type -> type.getPackageName().startsWith("dev.coppice." + module));
    }

    private static String packagesOf(String module) {
        return "dev.coppice." + module + "..";
    }
}
