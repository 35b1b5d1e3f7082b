// BBS signatures; octets are hexadecimal. key({ciphersuite, material}), sign(...), verify(...), prove(...),
// verify_proof(...) take the arguments of the draft's operations under its names.

import * as bbs from '@digitalbazaar/bbs-signatures';
import {converse, fromHex, toHex} from './conversation.mjs';

const read = task => ({
  ciphersuite: task.ciphersuite,
  publicKey: fromHex(task.public_key ?? ''),
  header: fromHex(task.header ?? ''),
  messages: task.messages?.map(fromHex),
  signature: fromHex(task.signature ?? ''),
  presentationHeader: fromHex(task.presentation_header ?? ''),
  disclosedMessageIndexes: task.disclosed_indexes,
});

await converse(() => ({
  key: async ({ciphersuite, material}) => {
    const pair = await bbs.generateKeyPair({seed: fromHex(material), ciphersuite});
    return {secret: toHex(pair.secretKey), public: toHex(pair.publicKey)};
  },
  sign: async task => toHex(await bbs.sign({...read(task), secretKey: fromHex(task.secret_key)})),
  verify: task => bbs.verifySignature(read(task)),
  prove: async task => toHex(await bbs.deriveProof(read(task))),
  verify_proof: task => {
    const {messages: disclosedMessages, ...rest} = read(task);
    return bbs.verifyProof({...rest, disclosedMessages, proof: fromHex(task.proof)});
  },
}));
