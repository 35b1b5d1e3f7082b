// did:key by two implementations. document({did}), dereference({url}), of_key({type, secret}): the first one;
// jwk({did}): the second one's JSON Web Key.

import * as bls from '@digitalbazaar/bls12-381-multikey';
import * as ecdsa from '@digitalbazaar/ecdsa-multikey';
import * as ed25519 from '@digitalbazaar/ed25519-multikey';
import {converse, fromHex} from './conversation.mjs';
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
  dereference: ({url}) => driver.get({url}),
  of_seed: async ({seed}) => {
    const {didDocument} = await driver.fromKeyPair({
      verificationKeyPair: await ed25519.generate({seed: fromHex(seed)}),
    });
    return didDocument;
  },
  jwk: async ({did}) => {
    const parsed = {did, didUrl: did, method: 'key', id: did.slice('did:key:'.length)};
    const {didDocument, didResolutionMetadata} = await resolver.key(did, parsed, null, {accept: 'application/did+json'});
    if(!didDocument) {
      throw new Error(didResolutionMetadata.error);
    }
    return didDocument.verificationMethod[0];
  },
}));
