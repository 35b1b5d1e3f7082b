// did:key by two implementations, and signatures with their keys. The first one: document({did}), method({url}),
// of_seed({seed}) for an Ed25519 key, sign({key, data}), verify({method, data, signature}); octets are hexadecimal.
// The second one: second_method({did}).

import * as bls from '@digitalbazaar/bls12-381-multikey';
import * as ecdsa from '@digitalbazaar/ecdsa-multikey';
import * as ed25519 from '@digitalbazaar/ed25519-multikey';
import {converse, fromHex, toHex} from './conversation.mjs';
import {driver as didKeyDriver} from '@digitalbazaar/did-method-key';
import {getResolver} from 'key-did-resolver';

const driver = didKeyDriver();
const take = (multibaseMultikeyHeader, fromMultibase) => driver.use({multibaseMultikeyHeader, fromMultibase});
take('z6Mk', ed25519.from);
take('zDna', ecdsa.from);
take('z82L', ecdsa.from);
take('zUC7', bls.from);
const resolver = getResolver();

await converse(() => ({
  document: ({did}) => driver.get({did}),
  method: ({url}) => driver.get({url}),
  of_seed: async ({seed}) => {
    const {didDocument} = await driver.fromKeyPair({
      verificationKeyPair: await ed25519.generate({seed: fromHex(seed)}),
    });
    return didDocument;
  },
  sign: async ({key, data}) => {
    const pair = await (key.publicKeyMultibase.startsWith('z6Mk') ? ed25519 : ecdsa).from(key);
    return toHex(await pair.signer().sign({data: fromHex(data)}));
  },
  verify: async ({method, data, signature}) => {
    const key = await (method.publicKeyMultibase.startsWith('z6Mk') ? ed25519 : ecdsa).from(method);
    return key.verifier().verify({data: fromHex(data), signature: fromHex(signature)});
  },
  second_method: async ({did}) => {
    const parsed = {did, didUrl: did, method: 'key', id: did.slice('did:key:'.length)};
    const {didDocument, didResolutionMetadata} = await resolver.key(did, parsed, null, {});
    if(!didDocument) {
      throw new Error(didResolutionMetadata.error);
    }
    return didDocument.verificationMethod[0];
  },
}));
