// Run by ScriptsTest in Groovy 3, 4 and 5: what the scripts do with the client, on a blank picture and without QuPath.
import java.awt.Rectangle
import java.awt.image.BufferedImage
import restain.client.Progress
import restain.client.QuPathFile
import restain.client.Region
import restain.client.RegionScoring
import restain.client.RestainException
import restain.client.ResultAddress
import restain.client.ScriptOptions

def options = new ScriptOptions([
    server: url,
    header: '',
    threads: '2',
    prob_thresh: '',
], (binding.hasVariable('args') && args ? args : ['threads=3']) as String[])
assert (options.get('threads') as int) == 3

def client = options.client()
double micronsPerPixel = RegionScoring.micronsPerPixel(0.25 as double, 0.25 as double, 'own')
def classes = RegionScoring.Classes.POSITIVE
def image = new Rectangle(0, 0, 320, 240)
def scoring = new RegionScoring(client, image, micronsPerPixel, new Rectangle(10, 10, 99, 99), classes, options.scoring())

def texts = Collections.synchronizedList([])
def failures = Collections.synchronizedList([])
def stop = { Thread.currentThread().isInterrupted() || !failures.isEmpty() }
def progress = new Progress() {
    void report(double share, String stage) {}
    boolean isCancelled() { stop.call() }
}
def tasks = scoring.tiles().collect { tile ->
    Runnable task = {
        if (stop.call()) return
        try {
            // RegionRequest.createInstance takes whole numbers, and none else.
            assert [tile.x, tile.y, tile.width, tile.height].every { it instanceof Integer }
            assert scoring.downsample instanceof Double
            def pixels = new BufferedImage(tile.width, tile.height, BufferedImage.TYPE_INT_RGB)
            pixels.createGraphics().with { it.fillRect(0, 0, tile.width, tile.height) }
            texts.add(scoring.score(tile, pixels, progress))
        } catch (Throwable failure) {
            failures.add(failure)
        }
    }
    return task
}
assert tasks.size() == 1 && tasks[0] instanceof Runnable
tasks.each { it.run() }
if (!failures.isEmpty()) throw failures[0]
assert QuPathFile.read(texts[0]).nuclei == 0

def measured = [:]
scoring.measurements().each { key, value -> measured.put(key, value) }
assert measured['Num Detections'] == 0d && measured['H-score'] instanceof Double
assert scoring.provenance().model
assert !scoring.warnings().isEmpty()

// An interrupted or cancelled tile is a failure of this kind.
def cancelled = new Progress() {
    void report(double share, String stage) {}
    boolean isCancelled() { true }
}
try {
    scoring.score(scoring.tiles()[0], new BufferedImage(scoring.tiles()[0].width, scoring.tiles()[0].height, 1), cancelled)
    assert false
} catch (RestainException error) {
    failures.add(error)
}
assert failures.find { !(it instanceof RestainException && it.code() == 'cancelled') } == null && !failures.isEmpty()

def regions = [[null, 'Ignore*']].collect { Region.ofAnnotation(it[0], it[1]?.toString(), image) }
assert regions[0].isExcluded
assert ResultAddress.parse('http://h/analyses/a').server == 'http://h'
return scoring
