// The answers to the scenarios, and who is told of them. An answer has the last step of each kind:
// `plan`, `takes` and `front`; `wrong` is what is wrong with the question, if anything is.

export const answers = new Map();

export const listeners = {
  started: () => {},
  stepped: () => {},
  finished: () => {},
  trouble: () => {},
};
