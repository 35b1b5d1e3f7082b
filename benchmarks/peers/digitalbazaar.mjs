// @digitalbazaar/bbs-signatures: BBS of the same draft as ours, in JavaScript.

import * as bbs from '@digitalbazaar/bbs-signatures';
import {header, messages, must, presentation, shown} from './subject.mjs';

const ciphersuite = 'BLS12-381-SHA-256';
const {secretKey, publicKey} = await bbs.generateKeyPair({seed: new Uint8Array(32).fill(7), ciphersuite});
const common = {ciphersuite, publicKey, header};
const sign = () => bbs.sign({...common, secretKey, messages});
const signature = await sign();
const presented = {...common, presentationHeader: presentation, disclosedMessageIndexes: shown};
const prove = () => bbs.deriveProof({...presented, signature, messages});
const proof = await prove();
const disclosedMessages = shown.map(index => messages[index]);

export const operations = {
  'sign': sign,
  'verify': async () => must({verified: await bbs.verifySignature({...common, signature, messages})}),
  'prove': prove,
  'verify proof': async () => must({verified: await bbs.verifyProof({...presented, proof, disclosedMessages})}),
};
