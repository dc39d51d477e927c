package dev.coppice.pipeline.data.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Documents, queries, and which documents answer which query, in the layout of BEIR (Thakur et al. 2021).
 *
 * @param documents title and text of each, in the order of the file
 * @param queries those that a document answers, in the order of the file
 */
public record RetrievalSet(List<String> documents, List<Query> queries) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String LAYOUT =
            "corpus.jsonl has _id, title and text, queries.jsonl _id and text, qrels/test.tsv query, document and"
                    + " grade, separated by TAB";

    /**
     * A query.
     *
     * @param grades how well documents answer it, above 0, by the number of the document
     * @param missing grades of documents that are not in the corpus: nothing can find them
     */
    public record Query(String text, Map<Integer, Integer> grades, List<Integer> missing) {
        public Query {
            grades = Map.copyOf(grades);
            missing = List.copyOf(missing);
        }
    }

    public RetrievalSet {
        documents = List.copyOf(documents);
        queries = List.copyOf(queries);
    }

    /** Returns the documents, then the queries. */
    List<String> texts() {
        return Stream.concat(documents.stream(), queries.stream().map(Query::text))
                .toList();
    }

    /**
     * Reads a folder.
     *
     * @param limit only the first documents, and what they answer; those left out are not missed
     * @throws BadInputException for a file that is not there or malformed, and where no query is answered
     */
    public static RetrievalSet read(Path dir, long limit) {
        var corpus = records(dir.resolve("corpus.jsonl"), limit);
        var texts = records(dir.resolve("queries.jsonl"), Long.MAX_VALUE);
        var numbers = new HashMap<String, Integer>();
        corpus.keySet().forEach(id -> numbers.put(id, numbers.size()));
        var file = dir.resolve("qrels/test.tsv");
        var grades = grades(file, texts);
        var queries = new ArrayList<Query>();
        texts.forEach((id, text) -> {
            var found = new LinkedHashMap<Integer, Integer>();
            var missing = new ArrayList<Integer>();
            grades.getOrDefault(id, Map.of()).forEach((document, grade) -> {
                var number = numbers.get(document);
                if (number != null) {
                    found.put(number, grade);
                } else if (corpus.size() < limit) {
                    missing.add(grade);
                }
            });
            if (!found.isEmpty() || !missing.isEmpty()) {
                queries.add(new Query(text, found, missing));
            }
        });
        if (queries.isEmpty()) {
            throw new BadInputException(file + " names no query that a document answers", LAYOUT);
        }
        return new RetrievalSet(List.copyOf(corpus.values()), queries);
    }

    /** Reads texts by id, with their titles in front. */
    private static Map<String, String> records(Path file, long limit) {
        var records = new LinkedHashMap<String, String>();
        try (var lines = new TextLines(file, limit)) {
            long number = 0;
            for (var line = lines.line(); line != null; line = lines.line()) {
                number++;
                var fields = fields(file, number, line);
                var id = fields.get("_id");
                var text = fields.get("text");
                if (id == null || text == null) {
                    throw new BadInputException(
                            file + " line " + number + " has no " + (id == null ? "_id" : "text"), LAYOUT);
                }
                var whole = (fields.getOrDefault("title", "") + " " + text).strip();
                if (whole.isEmpty()) {
                    whole = "."; // keeps its place: nothing is like it
                }
                if (records.put(id, whole) != null) {
                    throw new BadInputException(file + " has the _id '" + id + "' twice", "give each its own");
                }
            }
        }
        return records;
    }

    private static Map<String, String> fields(Path file, long number, String line) {
        var fields = new HashMap<String, String>();
        try (var json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new BadInputException(file + " line " + number + " is no JSON object", LAYOUT);
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                var name = json.currentName();
                if (json.nextToken().isScalarValue() && json.currentToken() != JsonToken.VALUE_NULL) {
                    fields.put(name, json.getText());
                } else {
                    json.skipChildren();
                }
            }
            return fields;
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    file + " line " + number + " is not JSON: " + e.getOriginalMessage(), LAYOUT, e);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    /** Reads the grades above 0, by query and document; a head line is skipped. */
    private static Map<String, Map<String, Integer>> grades(Path file, Map<String, String> queries) {
        var grades = new HashMap<String, Map<String, Integer>>();
        try (var lines = new TextLines(file, Long.MAX_VALUE)) {
            long number = 0;
            for (var line = lines.line(); line != null; line = lines.line()) {
                number++;
                var columns = line.split("\t", -1);
                if (columns.length != 3) {
                    throw new BadInputException(
                            file + " line " + number + " has " + columns.length + " columns", LAYOUT);
                }
                if (number == 1 && !columns[2].strip().matches("-?\\d+")) {
                    continue;
                }
                int grade = grade(file, number, columns[2].strip());
                if (!queries.containsKey(columns[0])) {
                    throw new BadInputException(
                            file + " line " + number + " names the query '" + columns[0] + "', which is not there",
                            LAYOUT);
                }
                if (grade > 0) {
                    grades.computeIfAbsent(columns[0], _ -> new LinkedHashMap<>())
                            .put(columns[1], grade);
                }
            }
        }
        return grades;
    }

    private static int grade(Path file, long number, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new BadInputException(file + " line " + number + " has the grade '" + text + "'", LAYOUT, e);
        }
    }
}
