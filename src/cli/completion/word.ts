/**
 * The word with which the scripts of `completion` call this program. It stands in no help text.
 */
export const completeWord = '__complete';
