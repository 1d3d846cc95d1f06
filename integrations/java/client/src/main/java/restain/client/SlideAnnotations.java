package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All annotations of a slide at one moment. */
public final class SlideAnnotations {
  /** Counts the changes. 0: the tissue as it was found. */
  public final int revision;

  public final List<SlideAnnotation> all;

  SlideAnnotations(JsonObject answer) {
    revision = answer.getInt("revision");
    List<SlideAnnotation> read = new ArrayList<>();
    for (Object one : answer.getArray("annotations", new JsonArray())) read.add(new SlideAnnotation((JsonObject) one));
    all = Collections.unmodifiableList(read);
  }

  /** These with others added. One with the id of another replaces it. */
  List<SlideAnnotation> with(Collection<SlideAnnotation> others) {
    Map<String, SlideAnnotation> joined = new LinkedHashMap<>();
    for (SlideAnnotation one : all) joined.put(one.id, one);
    for (SlideAnnotation one : others) joined.put(one.id, one);
    return new ArrayList<>(joined.values());
  }
}
