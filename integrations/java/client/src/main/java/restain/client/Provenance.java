package restain.client;

import com.grack.nanojson.JsonObject;

/** What made a result. Texts are empty where the server states nothing. */
public final class Provenance {
  /** Name and version of the model, like {@code restain-ihc@0.10.2}. */
  public final String model;

  public final String modelSha256;

  /** Version of the server. */
  public final String software;

  /** SHA-256 of the file that was sent. */
  public final String fileSha256;

  /** Of the pixels that were analysed; 0 if the server does not state it. */
  public final double micronsPerPixel;

  /** Where the pixel size came from: {@code microns_per_pixel}, {@code resolution}, {@code file} or {@code default}. */
  public final String micronsPerPixelSource;

  Provenance(JsonObject provenance) {
    model = provenance.getString("model", "");
    modelSha256 = provenance.getString("model_sha256", "");
    software = provenance.getString("software", "");
    fileSha256 = provenance.getString("file_sha256", "");
    micronsPerPixel = provenance.getDouble("microns_per_pixel", 0);
    micronsPerPixelSource = provenance.getString("microns_per_pixel_source", "");
  }
}
