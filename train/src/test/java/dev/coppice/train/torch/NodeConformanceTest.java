package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the training engine against the ONNX project's own cases. */
class NodeConformanceTest {

    @BeforeAll
    static void load() {
        Libtorch.use(2);
    }

    /** The least number of cases that pass, so that coverage cannot shrink unseen. */
    @ParameterizedTest
    @CsvSource({"node,789", "pytorch-converted,82", "pytorch-operator,35", "simple,7"})
    void exactlyTheListedCasesAreNotComputed(String suite, int least) throws IOException {
        var listed = OperatorsPage.names("Conformance cases that are not computed", 1);
        var unexpected = new TreeMap<String, String>();
        var computed = new TreeSet<String>();
        for (var one : ConformanceCase.of(suite)) {
            var failure = one.failure();
            if (failure == null) {
                computed.add(one.name());
            } else if (!listed.contains(one.name())) {
                unexpected.put(one.name(), failure);
            }
        }
        assertThat(unexpected).as("cases that fail and are not listed").isEmpty();
        assertThat(computed).as("cases that are computed").hasSizeGreaterThanOrEqualTo(least);
        computed.retainAll(listed);
        assertThat(computed).as("cases that are listed and pass").isEmpty();
    }

    @Test
    void theListNamesCasesThatExist() throws IOException {
        var names = new TreeSet<String>();
        for (var suite : new String[] {"node", "pytorch-converted", "pytorch-operator", "simple"}) {
            ConformanceCase.of(suite).forEach(one -> names.add(one.name()));
        }
        assertThat(names).containsAll(OperatorsPage.names("Conformance cases that are not computed", 1));
    }

    @Test
    void theTableNamesExactlyTheOperatorsThatAreComputed() throws IOException {
        assertThat(OperatorsPage.names("Supported operators", 0)).isEqualTo(Lowerings.operators());
    }
}
