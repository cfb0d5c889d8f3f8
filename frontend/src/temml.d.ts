/** Parts of Temml that only add to it. */
declare module 'temml/contrib/*'
