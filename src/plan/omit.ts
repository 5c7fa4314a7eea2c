/** The value of the variable `omit`: an argument that becomes it is left out. No text of a user can be equal to it. */
export const omit = '\u0000omit\u0000';
