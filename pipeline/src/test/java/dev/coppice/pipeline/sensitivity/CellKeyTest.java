package dev.coppice.pipeline.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.pipeline.recipe.Option;
import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.OptionCases;
import dev.coppice.pipeline.recipe.OptionTable;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CellKeyTest {

    static Stream<Option> options() {
        return OptionTable.all().stream();
    }

    @ParameterizedTest
    @MethodSource("options")
    void cellsAreMeasuredAnewWhereAnOptionChangesTheRankingAndNotElsewhere(Option option) {
        var without = OptionCases.beside(option);
        var with = OptionCases.beside(option);
        with.put(option.name(), OptionCases.value(option));
        boolean same = Sensitivity.content(Sensitivity.ofACell(with))
                .equals(Sensitivity.content(Sensitivity.ofACell(without)));
        assertThat(same).as(option.name()).isEqualTo(OptionCases.expected().get(option.name()) != Affects.RANKING);
    }
}
