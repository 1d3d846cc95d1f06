/**
 * The commands of the menu Plugins &gt; Restain in ImageJ. Each command is a class that {@code plugins.config} names; what
 * they share stands beside them.
 */
package restain.imagej;
