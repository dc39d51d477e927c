package dev.coppice.bench.throughput;

import dev.coppice.ir.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** MiniLM-L6: BERT with six layers of 12 heads of 32. */
final class MinilmNetwork implements Network {

    private static final long HEADS = 12;
    private static final long WIDTH = 384;

    /** The exporter gave the products' weights numbers for names; six a layer: query, key, value, output, up, down. */
    private final List<String> products = new ArrayList<>();

    MinilmNetwork(Model model) {
        for (var node : model.graph().nodes()) {
            if (node.is("MatMul") && node.input(1).startsWith("onnx::MatMul")) {
                products.add(node.input(1));
            }
        }
    }

    @Override
    public Tensor forward(Map<String, Tensor> inputs, Parameters parameters) {
        var ids = Objects.requireNonNull(inputs.get("input_ids")); // [N,L]
        var tokens = Objects.requireNonNull(inputs.get("attention_mask"));
        var mask = tokens.unsqueeze(1).unsqueeze(2).to(ScalarType.Float);
        var hidden = mask.neg().add(new Scalar(1.0)).mul(new Scalar(-3.4028234663852886e38));
        var positions = parameters.get("embeddings.position_embeddings.weight").narrow(0, 0, ids.size(1));
        var x = torch.embedding(parameters.get("embeddings.word_embeddings.weight"), ids)
                .add(torch.embedding(
                        parameters.get("embeddings.token_type_embeddings.weight"), inputs.get("token_type_ids")))
                .add(positions);
        x = norm(x, parameters, "embeddings.LayerNorm");
        for (int layer = 0; layer < 6; layer++) {
            var given = x;
            int number = layer;
            x = Network.part(() -> layer(given, hidden, parameters, number));
        }
        return x;
    }

    private Tensor layer(Tensor x, Tensor hidden, Parameters parameters, int layer) {
        var name = "encoder.layer." + layer + ".";
        int first = 6 * layer;
        var joined = Network.part(() -> attention(x, hidden, parameters, first, name));
        var attended = linear(joined, parameters, first + 3, name + "attention.output.dense");
        var y = norm(attended.add(x), parameters, name + "attention.output.LayerNorm");
        var up = Network.part(() -> torch.gelu(linear(y, parameters, first + 4, name + "intermediate.dense"), "none"));
        var down = linear(up, parameters, first + 5, name + "output.dense");
        return norm(down.add(y), parameters, name + "output.LayerNorm");
    }

    private Tensor attention(Tensor x, Tensor hidden, Parameters parameters, int first, String name) {
        var query = heads(linear(x, parameters, first, name + "attention.self.query"));
        var key = heads(linear(x, parameters, first + 1, name + "attention.self.key"));
        var value = heads(linear(x, parameters, first + 2, name + "attention.self.value"));
        var scores = Network.part(() -> query.matmul(key.transpose(-1, -2))
                .div(new Scalar(Math.sqrt((double) WIDTH / HEADS)))
                .add(hidden));
        var mixed = torch.softmax(scores, -1).matmul(value); // [N,heads,L,32]
        return mixed.transpose(1, 2).reshape(x.size(0), x.size(1), WIDTH);
    }

    private static Tensor heads(Tensor x) {
        return x.view(x.size(0), x.size(1), HEADS, WIDTH / HEADS).transpose(1, 2);
    }

    private Tensor linear(Tensor x, Parameters parameters, int product, String layer) {
        return torch.linear(x, parameters.get(products.get(product)).t(), parameters.optional(layer + ".bias"));
    }

    private static Tensor norm(Tensor x, Parameters parameters, String layer) {
        return torch.layer_norm(
                x,
                new long[] {WIDTH},
                parameters.optional(layer + ".weight"),
                parameters.optional(layer + ".bias"),
                1e-12,
                false);
    }
}
