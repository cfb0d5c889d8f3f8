/** As many columns as a person can still read side by side. */
export const MOST_COMPARED = 6
