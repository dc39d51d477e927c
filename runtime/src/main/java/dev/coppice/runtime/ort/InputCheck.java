package dev.coppice.runtime.ort;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds given tensors against a model's declared inputs, so that errors name the input and not a kernel. */
final class InputCheck {

    private InputCheck() {}

    static void check(OrtModel model, Map<String, HostTensor> tensors) {
        for (var declared : model.inputs()) {
            var given = tensors.get(declared.name());
            if (given == null) {
                throw mismatch(model, "needs input '" + declared.name() + "' " + describe(declared));
            }
            if (declared.type() != given.type() || !fits(declared.shape(), given)) {
                throw mismatch(
                        model,
                        "wants input '" + declared.name() + "' as " + describe(declared) + " and was given " + given);
            }
        }
        for (var name : tensors.keySet()) {
            if (model.inputs().stream().noneMatch(i -> i.name().equals(name))) {
                throw mismatch(model, "has no input '" + name + "'");
            }
        }
    }

    private static boolean fits(@Nullable Shape declared, HostTensor given) {
        if (declared == null) {
            return true;
        }
        var dims = given.dims();
        if (declared.rank() != dims.size()) {
            return false;
        }
        for (int i = 0; i < dims.size(); i++) {
            if (declared.dim(i) instanceof Dim.Known(long size) && size != dims.get(i)) {
                return false;
            }
        }
        return true;
    }

    private static String describe(ValueInfo input) {
        return input.type()
                + (input.shape() == null ? " of any shape" : input.shape().toString());
    }

    private static BadInputException mismatch(OrtModel model, String what) {
        return new BadInputException(
                "model " + model.path() + " " + what, "look at its inputs with: coppice inspect " + model.path());
    }
}
