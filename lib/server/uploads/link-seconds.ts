import 'server-only';

/** How long the links of an answer work. */
export const LINK_SECONDS = 15 * 60;
