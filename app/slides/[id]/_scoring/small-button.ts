/** Buttons in the rail are high enough for a finger where the page is narrow. */
export const SMALL_BUTTON = 'min-h-11! px-3! lg:min-h-9! disabled:cursor-default disabled:opacity-50';
