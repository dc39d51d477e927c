package dev.coppice.bench.recovery;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One experiment: a recipe, and data to judge its output on.
 *
 * @param name such as {@code lenet5/seed1/iterative/0.95}; its output is the file of that name
 * @param settings of the recipe, without an output
 * @param test settings of the data to judge on
 * @param target what the figure should reach; NaN when nothing is promised
 */
record Case(String name, Map<String, Object> settings, Map<String, Object> test, double target) {

    Case {
        settings = new LinkedHashMap<>(settings);
        test = new LinkedHashMap<>(test);
    }

    /** Returns settings of pairs: a name, a value, a name, ... */
    static Map<String, Object> settings(Object... pairs) {
        var settings = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i].toString(), pairs[i + 1]);
        }
        return settings;
    }

    /** Returns the settings with others put over them. */
    static Map<String, Object> with(Map<String, Object> settings, Object... pairs) {
        var all = new LinkedHashMap<>(settings);
        all.putAll(settings(pairs));
        return all;
    }
}
