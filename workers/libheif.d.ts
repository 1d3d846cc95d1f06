/** The functions of libheif's C API that `heic.worker.ts` calls; numbers are addresses, sizes and codes. */
declare module 'libheif-js/wasm-bundle.js' {
  type Call = (...args: number[]) => number;
  const libheif: {
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    readonly _malloc: Call;
    readonly _free: Call;
    readonly _heif_context_alloc: Call;
    readonly _heif_context_free: Call;
    readonly _heif_context_read_from_memory: Call;
    readonly _heif_context_get_primary_image_handle: Call;
    readonly _heif_decode_image: Call;
    readonly _heif_decoding_options_alloc: Call;
    readonly _heif_decoding_options_free: Call;
    readonly _heif_get_global_security_limits: Call;
    readonly _heif_image_get_height: Call;
    readonly _heif_image_get_nclx_color_profile: Call;
    readonly _heif_image_get_plane_readonly2: Call;
    readonly _heif_image_get_width: Call;
    readonly _heif_image_handle_get_height: Call;
    readonly _heif_image_handle_get_nclx_color_profile: Call;
    readonly _heif_image_handle_get_raw_color_profile: Call;
    readonly _heif_image_handle_get_raw_color_profile_size: Call;
    readonly _heif_image_handle_get_width: Call;
    readonly _heif_image_handle_has_alpha_channel: Call;
    readonly _heif_image_handle_is_premultiplied_alpha: Call;
    readonly _heif_image_handle_release: Call;
    readonly _heif_image_release: Call;
    readonly _heif_nclx_color_profile_free: Call;
  };
  export default libheif;
}
