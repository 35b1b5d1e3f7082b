// did:webvh. Given {now}: what this process takes for the present.
//   resolve({log, witnesses, did}): the entries as texts, the witness file as JSON
//   write({steps}): the log of a sequence of {create}, {update}, {deactivate}, with {signer: seed, ...options};
//   keys in the answer's `keys`; hash({keys}), approve({version, seeds})

import {AbstractCrypto, createDID, deactivateDID, deriveNextKeyHash, multibaseEncode, resolveDIDFromLog,
  signWitnessProofEntry, updateDID} from 'didwebvh-ts';
import {createPrivateKey, createPublicKey, sign, verify} from 'node:crypto';
import {converse, fromHex} from './conversation.mjs';

const PKCS8 = '302e020100300506032b657004220420';
const SPKI = '302a300506032b6570032100';

function setClock(now) {
  const System = Date;
  const present = System.parse(now);
  globalThis.Date = class extends System {
    constructor(...given) {
      super(...given.length ? given : [present]);
    }

    static now() {
      return present;
    }
  };
}

class Key extends AbstractCrypto {
  constructor(seed) {
    const secret = createPrivateKey({key: Buffer.from(PKCS8 + seed, 'hex'), format: 'der', type: 'pkcs8'});
    const raw = createPublicKey(secret).export({format: 'der', type: 'spki'}).subarray(-32);
    const publicKeyMultibase = multibaseEncode(new Uint8Array([0xed, 0x01, ...raw]), 'z');
    super({verificationMethod: {type: 'Multikey', publicKeyMultibase}});
    this.secret = secret;
    this.multikey = publicKeyMultibase;
  }

  async sign({document, proof}) {
    const {prepareDataForSigning} = await import('didwebvh-ts');
    const signature = sign(null, await prepareDataForSigning(document, proof), this.secret);
    return {proofValue: multibaseEncode(new Uint8Array(signature), 'z')};
  }

  async verify(signature, message, publicKey) {
    return verifier.verify(signature, message, publicKey);
  }
}

const verifier = {
  async verify(signature, message, publicKey) {
    const key = Buffer.concat([fromHex(SPKI), publicKey]);
    return verify(null, message, createPublicKey({key, format: 'der', type: 'spki'}), signature);
  },
};
const calls = {create: createDID, update: updateDID, deactivate: deactivateDID};

await converse(given => {
  setClock(given.now);
  return {
    resolve: ({log, witnesses, did}) => resolveDIDFromLog(log.map(line => JSON.parse(line)), {
      verifier, witnessProofs: witnesses ?? [], ...did && {requestedDid: did, scid: did.split(':')[2]},
    }),
    write: async ({steps}) => {
      let log;
      let did;
      for(const {call, signer, at, ...options} of steps) {
        setClock(at);
        ({log, did} = await calls[call]({log, verifier, signer: new Key(signer), ...options}));
      }
      setClock(given.now);
      return {did, log: log.map(entry => JSON.stringify(entry))};
    },
    hash: ({keys}) => Promise.all(keys.map(deriveNextKeyHash)),
    approve: ({version, seeds, at}) => {
      const keys = seeds.map(seed => new Key(seed));
      return signWitnessProofEntry({
        versionId: version,
        witnesses: keys.map(key => ({id: `did:key:${key.multikey}`})),
        witnessSignersByDid: Object.fromEntries(keys.map(key => [`did:key:${key.multikey}`, key])),
        created: at,
      });
    },
  };
});
