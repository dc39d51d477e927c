package dev.coppice.ir.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(OS.WINDOWS)
class ProcessEnvironmentTest {

    @SuppressWarnings("restricted")
    private static String seenByNatives(String name) throws Throwable {
        var linker = Linker.nativeLinker();
        var getenv = linker.downcallHandle(
                linker.defaultLookup().find("getenv").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        try (var arena = Arena.ofConfined()) {
            var value = (MemorySegment) getenv.invokeExact(arena.allocateFrom(name));
            return value.reinterpret(100).getString(0);
        }
    }

    @Test
    void nativeCodeSeesWhatIsPreset() throws Throwable {
        assertThat(ProcessEnvironment.preset("COPPICE_TEST_VARIABLE", "ä")).isTrue();
        assertThat(seenByNatives("COPPICE_TEST_VARIABLE")).isEqualTo("ä");
    }

    @Test
    void whatIsSetStays() throws Throwable {
        ProcessEnvironment.preset("COPPICE_TEST_SET", "first");
        ProcessEnvironment.preset("COPPICE_TEST_SET", "second");
        assertThat(seenByNatives("COPPICE_TEST_SET")).isEqualTo("first");
    }
}
