// Sends annotations to a stored Restain result as its regions, and has it counted anew. Regions that the result has are
// replaced. To a slide the annotations are added; those that were sent before are replaced, and scoring it is another step
// (restain-score-selection.groovy with slide=...). Annotations of the class Ignore* are left out of the count. The image that
// is open must be the file that was uploaded. For research use only.
// Needs restain-client.jar (README.md in this folder's parent). Every option can also be an argument:
//   QuPath script restain-send-annotations.groovy -i slide.svs --args result=http://localhost:3000/analyses/5cT2nX0hY1dQk3VJw9rZbA

import restain.client.Region
import restain.client.ResultAddress
import restain.client.ScriptOptions
import restain.client.SlideAnnotation
import restain.client.SlideScoring
import static qupath.lib.gui.scripting.QPEx.*

def options = new ScriptOptions([
    result: '',              // address of the page of a result or slide
    header: '',              // sent with every request, like Authorization: Bearer abc
    regions: 'auto',         // auto: the selected annotations, else all; selected; all; or class:Tumor
], (binding.hasVariable('args') && args ? args : []) as String[])

def areas = { objects -> objects.findAll { it.isAnnotation() && it.getROI() != null && it.getROI().isArea() } }
def selected = areas.call(getSelectedObjects())
def all = areas.call(getAnnotationObjects())
def asked = options.get('regions')
def annotations
if (asked == 'selected') annotations = selected
else if (asked == 'all') annotations = all
else if (asked.startsWith('class:')) annotations = all.findAll { it.getPathClass() == getPathClass(asked.substring(6)) }
else if (asked == 'auto') annotations = selected ?: all
else throw new IllegalArgumentException("regions must be auto, selected, all or class:NAME; got \"${asked}\".")
if (annotations.isEmpty()) throw new IllegalStateException("There is no annotation to send (regions=${asked}).")

def address = ResultAddress.parse(options.get('result'))
if (address.isSlide) {
    def server = getCurrentServer()
    def slide = SlideScoring.slideAt(options, options.get('result'))
    SlideScoring.refuseOther(slide.status(), server.getWidth(), server.getHeight())
    def sent = slide.addAnnotations(annotations.collect {
        SlideAnnotation.ofQuPath(it.getID(), it.getName(), it.getPathClass()?.toString(), it.getROI().getShape())
    })
    println "Restain: ${annotations.size()} annotations were sent; the slide has ${sent.all.size()}"
    return
}
def regions = annotations.collect {
    Region.ofAnnotation(it.getName(), it.getPathClass()?.toString(), it.getROI().getShape())
}
def updated = options.client(address.server).replaceRegions(address.id, regions)
println "Restain: ${regions.size()} annotations are the regions of the result: ${updated}"
updated.warnings().each { println "Restain: ${it.detail}" }
