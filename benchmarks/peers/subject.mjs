// What all of them sign: ten messages, five disclosed.

const octets = text => new Uint8Array(Buffer.from(text));

export const header = octets('header');
export const presentation = octets('nonce and audience');
export const messages = Array.from({length: 10}, (_, i) => octets(`claim ${i}`));
export const shown = [0, 2, 4, 6, 8];

export function must({verified, error}) {
  if(!verified) {
    throw new Error(`a peer does not take its own proof: ${error}`);
  }
}
