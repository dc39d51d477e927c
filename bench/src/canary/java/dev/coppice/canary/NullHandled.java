package dev.coppice.canary;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The same with its null handled: must compile, or the canary next to it dies of something else. */
final class NullHandled {
    private NullHandled() {}

    static String lookUp(Map<String, String> names, String key) {
        @Nullable String name = names.get(key);
        return name == null ? key : name;
    }
}
