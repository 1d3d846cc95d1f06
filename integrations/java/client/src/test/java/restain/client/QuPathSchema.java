package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;

/** integrations/qupath/geojson.schema.json. */
final class QuPathSchema {
  private QuPathSchema() {}

  static void check(String geoJson) throws IOException {
    byte[] text = Files.readAllBytes(Paths.get("../../qupath/geojson.schema.json"));
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(new String(text, StandardCharsets.UTF_8));
    assertEquals(Collections.emptySet(), schema.validate(geoJson, InputFormat.JSON));
  }
}
