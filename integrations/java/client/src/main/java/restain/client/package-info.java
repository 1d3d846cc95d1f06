/**
 * A client of a Restain server: scores immunohistochemistry images over HTTP. {@link restain.client.RestainClient} is
 * where to start.
 *
 * <p>Coordinates are pixels of the image that was sent, x to the right and y down, counted from corners: pixel (0, 0)
 * covers 0 to 1, so its centre is (0.5, 0.5). Sizes are in pixels or, where the name says so, in µm.
 */
package restain.client;
