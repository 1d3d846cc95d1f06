package restain.qupath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.codehaus.groovy.ast.CodeVisitorSupport;
import org.codehaus.groovy.ast.builder.AstStringCompiler;
import org.codehaus.groovy.ast.ASTNode;
import org.codehaus.groovy.ast.ClassNode;
import org.codehaus.groovy.ast.MethodNode;
import org.codehaus.groovy.ast.expr.MethodCallExpression;
import org.codehaus.groovy.control.CompilePhase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The scripts are Groovy that QuPath's versions take, and use what README.md lists of QuPath. QuPath itself is in no
 * registry, so nothing is run in it.
 */
class ScriptsTest {
  private static final Map<File, ClassLoader> LOADERS = new HashMap<>();
  private static final int CONVERSION = 3;
  private static final int CLASS_GENERATION = 7;

  /** Methods of Java and Groovy. All others are QuPath's or ours. */
  private static final Set<String> LANGUAGE =
      new TreeSet<>(
          Arrays.asList(
              "add", "addAll", "call", "collect", "contains", "each", "eachWithIndex", "find", "findAll", "getBounds",
              "getText", "hasVariable", "intersection", "isEmpty", "max", "println", "put", "size", "startsWith",
              "substring", "synchronizedList", "toString", "currentThread", "isInterrupted"));

  private static List<Path> scripts() throws IOException {
    try (Stream<Path> files = Files.list(Paths.get("scripts"))) {
      return files.filter(file -> file.toString().endsWith(".groovy")).sorted().collect(Collectors.toList());
    }
  }

  private static List<File> groovyJars() {
    File[] jars = new File(System.getProperty("restain.groovy")).listFiles((folder, name) -> name.endsWith(".jar"));
    Arrays.sort(jars);
    return Arrays.asList(jars);
  }

  static Stream<Object[]> scriptsAndVersions() throws IOException {
    List<Object[]> pairs = new ArrayList<>();
    for (Path script : scripts()) for (File groovy : groovyJars()) pairs.add(new Object[] {script, groovy});
    return pairs.stream();
  }

  @Test
  void theScriptsAndThreeVersionsOfGroovyAreThere() throws IOException {
    assertEquals(
        Arrays.asList("restain-import-slide.groovy", "restain-score-selection.groovy", "restain-send-annotations.groovy"),
        scripts().stream().map(script -> script.getFileName().toString()).collect(Collectors.toList()));
    assertEquals(
        Arrays.asList("3", "4", "5"),
        groovyJars().stream().map(jar -> jar.getName().replaceAll("groovy-(\\d).*", "$1")).collect(Collectors.toList()));
  }

  @ParameterizedTest
  @MethodSource("scriptsAndVersions")
  void everyVersionParsesEveryScript(Path script, File groovy) throws Exception {
    compile(read(script), groovy, CONVERSION);
  }

  /** Without the imports of QuPath's classes, names of these are looked up when the script runs. Ours must be there. */
  @ParameterizedTest
  @MethodSource("scriptsAndVersions")
  void everyVersionCompilesWhatIsNotQuPaths(Path script, File groovy) throws Exception {
    compile(read(script).replaceAll("(?m)^import (static )?qupath\\..*$", ""), groovy, CLASS_GENERATION);
  }

  @Test
  void aFaultyScriptAndAMissingClassAreNoticed() {
    for (File groovy : groovyJars()) {
      assertThrows(InvocationTargetException.class, () -> compile("def x = (", groovy, CONVERSION));
      assertThrows(
          InvocationTargetException.class, () -> compile("import restain.client.NoSuchClass", groovy, CLASS_GENERATION));
    }
  }

  /** A version of Groovy with our client, apart from the version that these tests use themselves. */
  private static ClassLoader loaderOf(File groovy) {
    return LOADERS.computeIfAbsent(
        groovy,
        jar -> {
          try {
            URL client = restain.client.RestainClient.class.getProtectionDomain().getCodeSource().getLocation();
            URL[] path = {jar.toURI().toURL(), client};
            return new URLClassLoader(path, ClassLoader.getSystemClassLoader().getParent());
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
  }

  private interface Work<T> {
    T with(ClassLoader loader) throws Exception;
  }

  private static <T> T inVersion(File groovy, Work<T> work) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loaderOf(groovy));
    try {
      return work.with(loaderOf(groovy));
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static void compile(String text, File groovy, int phase) throws Exception {
    inVersion(
        groovy,
        loader -> {
          Object unit = loader.loadClass("org.codehaus.groovy.control.CompilationUnit").getConstructor().newInstance();
          unit.getClass().getMethod("addSource", String.class, String.class).invoke(unit, "script.groovy", text);
          return unit.getClass().getMethod("compile", int.class).invoke(unit, phase);
        });
  }

  static Stream<File> versions() {
    return groovyJars().stream();
  }

  /** The calls of our client that the scripts make, in the words of the scripts. */
  @ParameterizedTest
  @MethodSource("versions")
  void everyVersionCallsTheClientAsTheScriptsDo(File groovy, @TempDir Path folder) throws Exception {
    Path picture = folder.resolve("blank.png");
    BufferedImage blank = new BufferedImage(320, 240, BufferedImage.TYPE_INT_RGB);
    blank.createGraphics().fillRect(0, 0, 320, 240);
    ImageIO.write(blank, "png", picture.toFile());
    String text = read(Paths.get("src/test/groovy/use-client.groovy"));
    Object said =
        inVersion(
            groovy,
            loader -> {
              Class<?> binding = loader.loadClass("groovy.lang.Binding");
              Object variables = binding.getConstructor().newInstance();
              binding.getMethod("setVariable", String.class, Object.class).invoke(variables, "url", System.getenv("RESTAIN_URL"));
              binding.getMethod("setVariable", String.class, Object.class).invoke(variables, "file", picture.toString());
              Class<?> shell = loader.loadClass("groovy.lang.GroovyShell");
              Object running = shell.getConstructor(ClassLoader.class, binding).newInstance(loader, variables);
              return shell.getMethod("evaluate", String.class).invoke(running, text);
            });
    assertEquals("0.0 % positive (95 % interval 0.0 to 100.0), 0 of 0 nuclei", String.valueOf(said));
  }

  static Stream<Path> everyScript() throws IOException {
    return scripts().stream();
  }

  @ParameterizedTest
  @MethodSource("everyScript")
  void everyMethodOfQuPathIsListed(Path script) throws IOException {
    Set<String> listed = listedMethods();
    Set<String> missing = new TreeSet<>(calledMethods(read(script)));
    missing.removeAll(listed);
    missing.removeAll(ownMethods());
    missing.removeAll(LANGUAGE);
    assertEquals(Collections.emptySet(), missing, "methods that README.md does not list");
  }

  @Test
  void whatIsListedIsUsed() throws IOException {
    Set<String> unused = listedMethods();
    for (Path script : scripts()) unused.removeAll(calledMethods(read(script)));
    assertEquals(Collections.emptySet(), unused);
  }

  @ParameterizedTest
  @MethodSource("everyScript")
  void everyOptionIsExplained(Path script) throws IOException {
    String readme = read(Paths.get("README.md"));
    Matcher option = Pattern.compile("(?m)^    (\\w+): '").matcher(read(script));
    int count = 0;
    for (; option.find(); count++) assertTrue(readme.contains("`" + option.group(1) + "`"), option.group(1));
    assertTrue(count >= 3, "only " + count + " options were found");
  }

  /** The names in the table of README.md that lists QuPath's methods. */
  private static Set<String> listedMethods() throws IOException {
    String readme = read(Paths.get("README.md"));
    String table = readme.substring(readme.indexOf("## What is used of QuPath"));
    Set<String> names = new TreeSet<>();
    Matcher name = Pattern.compile("`(\\w+)\\(").matcher(table);
    while (name.find()) names.add(name.group(1));
    assertTrue(names.size() > 20, names.toString());
    return names;
  }

  private static Set<String> ownMethods() {
    Set<String> names = new TreeSet<>();
    for (Class<?> type :
        Arrays.<Class<?>>asList(
            restain.client.RestainClient.class,
            restain.client.RestainException.class,
            restain.client.RegionScoring.class,
            restain.client.RegionScoring.Classes.class,
            restain.client.RegionNumbers.class,
            restain.client.Region.class,
            restain.client.Slide.class,
            restain.client.SlideAnnotation.class,
            restain.client.SlideScores.class,
            restain.client.SlideScoring.class,
            restain.client.ResultAddress.class,
            restain.client.ScriptOptions.class,
            restain.client.QuPathFile.class,
            restain.client.Result.class))
      for (Method method : type.getDeclaredMethods())
        if (java.lang.reflect.Modifier.isPublic(method.getModifiers())) names.add(method.getName());
    return names;
  }

  private static Set<String> calledMethods(String text) {
    Set<String> names = new TreeSet<>();
    CodeVisitorSupport visitor =
        new CodeVisitorSupport() {
          @Override
          public void visitMethodCallExpression(MethodCallExpression call) {
            names.add(call.getMethodAsString());
            super.visitMethodCallExpression(call);
          }
        };
    for (ASTNode node : new AstStringCompiler().compile(text, CompilePhase.CONVERSION, false)) {
      if (node instanceof ClassNode) for (MethodNode method : ((ClassNode) node).getMethods()) visitCode(method, visitor);
      else node.visit(visitor);
    }
    return names;
  }

  private static void visitCode(MethodNode method, CodeVisitorSupport visitor) {
    if (method.getCode() != null) method.getCode().visit(visitor);
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
