/** Why a file cannot be used, with the place in the file. Caught where the file is read. */
export class Refusal extends Error {}
