// @mattrglobal/pairing-crypto: BBS in Rust, compiled to WebAssembly; an older draft, with proofs of another length.

import pairing from '@mattrglobal/pairing-crypto';
import {header, messages, must, presentation, shown} from './subject.mjs';

const bbs = pairing.bbs.bls12381_sha256;
const {secretKey, publicKey} = await bbs.generateKeyPair({ikm: new Uint8Array(32).fill(7), keyInfo: new Uint8Array()});
const sign = () => bbs.sign({secretKey, publicKey, header, messages});
const signature = await sign();
const prove = () => bbs.deriveProof({
  publicKey, signature, header, presentationHeader: presentation, verifySignature: false,
  messages: messages.map((value, index) => ({value, reveal: shown.includes(index)})),
});
const proof = await prove();
const disclosed = Object.fromEntries(shown.map(index => [index, messages[index]]));

export const operations = {
  'sign': sign,
  'verify': async () => must(await bbs.verify({publicKey, signature, header, messages})),
  'prove': prove,
  'verify proof': async () => must(await bbs.verifyProof({
    publicKey, proof, header, presentationHeader: presentation, messages: disclosed,
  })),
};
