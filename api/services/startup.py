"""Starting and stopping the service, in order.

Start:
1. take the data directory's lock
2. refuse where a database must have been and is none (`store.lost`)
   migrate the database; compare the public URL with the stored one (`settings.public-url-changed`)
3. master key; the service's own keys; the first client (its file before its row)
4. open the log (one of an earlier release gets what follows from its entries first); compare it with the
   checkpoint register (`register.behind`, `register.forked`), and the register with what the database says
   was signed (`register.lost`); only then cut off a torn line, and write the service's keys beside the
   database
5. open the chain
   (its head is compared with log and anchors in 6: `chain.ahead`, `log.forked`, `chain.behind`)
6. start the writer and the tasks; sign and seal what a crash left undone

Stop, in reverse: the tasks, the writer (it finishes what waits), chain, database, lock.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from api.errors import ApiError
from api.keys import master
from api.keys.keyring import ServiceKeys
from api.keys.service_file import ServiceFile
from api.keys.vault import Label, Sealed, Vault
from api.logs import logger
from api.registry.derived import derive_again, is_derived
from api.registry.publisher import Publisher
from api.registry.register_file import RegisterFile
from api.registry.registry import Registry
from api.registry.sealer import Sealer
from api.registry.sequencer import Sequencer, count_entries
from api.registry.tiles import PublicFolder, Tiles
from api.services import bootstrap, housekeeping
from api.services.chains import open_chain
from api.services.core import Core, Pool
from api.services.documents import Documents
from api.services.suites import Suites
from api.store.engine import reading_engine, writing_engine
from api.store.lock import DataLock
from api.store.migrate import migrate, revision
from api.store.reader import Reader
from api.store.tables import SERVICE_TENANT, Checkpoint, Meta
from api.store.writer import Writer
from did.encoding import decode_base64url, encode_base64url
from did.keys import Ed25519Signer
from did.registry.note import NoteSigner
from did.registry.register import Register

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from api.keys.secret import Secret
    from api.settings import Settings
    from api.system import System

CHECK: Final = Label(SERVICE_TENANT, "check", "master-check", 1)
CHECK_TEXT: Final = b"avow master key"
SALT_BYTES: Final = 16


@asynccontextmanager
async def running(settings: Settings, system: System) -> AsyncIterator[Core]:
    """The running service, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        stack.enter_context(DataLock(settings.data))  # 1
        _check_there(settings)
        engine = stack.enter_context(_disposed(writing_engine(settings.database_path)))
        schema, vault, keys = _database(engine, settings, system)  # 2, 3
        reader = Reader(stack.enter_context(_disposed(reading_engine(settings.database_path))))
        writer = Writer(engine)
        pool = Pool()
        stack.callback(pool.close)
        sealer, sequencer = _log(stack, settings, system, engine, reader, writer, keys)  # 4
        publisher = await _chain(stack, settings, system, keys, sequencer, sealer, writer, reader)  # 5
        tiles = Tiles(sequencer, reader, sealer)
        registry = Registry(
            origin=settings.origin,
            schema=schema,
            signer=NoteSigner(settings.origin, Ed25519Signer(keys.log.reveal())),
            sequencer=sequencer,
            sealer=sealer,
            publisher=publisher,
            tiles=tiles,
            reader=reader,
            writer=writer,
            system=system,
        )
        core = Core(
            settings=settings,
            system=system,
            writer=writer,
            reader=reader,
            vault=vault,
            pool=pool,
            registry=registry,
            documents=Documents(reader, registry),
            suites=stack.enter_context(Suites.open()),
        )
        writer.start()  # 6
        stack.callback(writer.close)
        await sealer.settle()
        await publisher.settle()
        await stack.enter_async_context(_tasks(core, sealer, publisher, tiles))
        logger.info("service.started", size=sequencer.size, chain=publisher.info.chain)
        yield core


def _check_there(settings: Settings) -> None:
    """Step 2: do not begin a second history beside the register of a first one."""
    register, database = settings.register_path, settings.database_path
    if register.exists() and b"\n" in register.read_bytes() and not database.exists():
        raise ApiError(
            "store.lost",
            f"checkpoints were signed here, and the database {database.name} is gone",
            remedy="Bring it back from its backup, or from the log's copies with `avow recover` "
            "(docs/recovery.md).",
        )


def _database(engine: Engine, settings: Settings, system: System) -> tuple[str, Vault, ServiceKeys]:
    """Steps 2 and 3: the schema's revision, the vault, and the service's own keys (`store.unreadable`)."""
    try:
        return _opened(engine, settings, system)
    except DBAPIError as error:
        raise ApiError(
            "store.unreadable",
            f"the database {settings.database_path.name} cannot be read or written",
            remedy="Check disk and permissions; if the file is damaged, restore its backup and complete it "
            "with `avow recover` (docs/recovery.md).",
        ) from error


def _opened(engine: Engine, settings: Settings, system: System) -> tuple[str, Vault, ServiceKeys]:
    with engine.connect() as connection:
        migrate(connection)
        schema = revision(connection) or ""
        connection.rollback()
        with connection.begin():
            _public_url(connection, settings)
            vault = Vault(_master(connection, settings, system), system.random_bytes)
            _check_master(connection, vault)
            keys = ServiceKeys.ensure(connection, vault, system)
            bootstrap.ensure(connection, settings, system)
    return schema, vault, keys


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _public_url(connection: Connection, settings: Settings) -> None:
    stored = bootstrap.public_url(connection)
    if stored is None:
        _set_meta(connection, bootstrap.PUBLIC_URL, settings.public_url)
    elif stored != settings.public_url:
        raise ApiError(
            "settings.public-url-changed",
            f"this data directory was made for {stored}, and its DIDs and its log name that address; "
            f"AVOW_PUBLIC_URL is now {settings.public_url}",
            remedy=f"Start with AVOW_PUBLIC_URL={stored}, or give the new address its own AVOW_DATA.",
        )


def _master(connection: Connection, settings: Settings, system: System) -> Secret:
    used = _meta(connection, "master-check") is not None
    if settings.master_passphrase is None:
        return master.from_file(
            settings.master_key_path, may_create=not used, random_bytes=system.random_bytes
        )
    salt = _meta(connection, "master-salt")
    if salt is None:
        salt = encode_base64url(system.random_bytes(SALT_BYTES))
        _set_meta(connection, "master-salt", salt)
    return master.from_passphrase(
        settings.master_passphrase.get_secret_value(), decode_base64url(salt, max_bytes=SALT_BYTES)
    )


def _check_master(connection: Connection, vault: Vault) -> None:
    """Open the check value, so that a wrong master key is noticed here and not at the first signature."""
    stored = _meta(connection, "master-check")
    if stored is None:
        sealed = vault.seal(CHECK, CHECK_TEXT)
        _set_meta(connection, "master-check", encode_base64url(sealed.nonce + sealed.text))
        return
    raw = decode_base64url(stored, max_bytes=128)
    vault.open(CHECK, Sealed(raw[:24], raw[24:]))


def _log(
    stack: AsyncExitStack,
    settings: Settings,
    system: System,
    engine: Engine,
    reader: Reader,
    writer: Writer,
    keys: ServiceKeys,
) -> tuple[Sealer, Sequencer]:
    file = RegisterFile(settings.register_path)
    stack.callback(file.close)
    register = Register.parse(file.read())
    loop = asyncio.get_running_loop()
    wake = asyncio.Event()

    def appended() -> None:
        loop.call_soon_threadsafe(wake.set)

    with engine.connect() as connection:
        _derive_once(connection, settings.origin)
        sequencer = Sequencer.load(connection, reader, settings.origin, appended=appended)
        _check_register(connection, register)
        kept = ServiceFile.of(connection)
        connection.rollback()
    register.check_start(sequencer.log)
    file.drop_torn_line()
    kept.keep(settings.service_keys_path)
    sealer = Sealer(
        sequencer=sequencer,
        writer=writer,
        register=register,
        register_file=file,
        signer=NoteSigner(settings.origin, Ed25519Signer(keys.log.reveal())),
        system=system,
        delay=settings.seal_interval_ms / 1000,
        wake=wake,
    )
    return sealer, sequencer


def _derive_once(connection: Connection, origin: str) -> None:
    """Fill the tables that a database of an earlier release does not have."""
    connection.rollback()
    if count_entries(connection) and not is_derived(connection):
        connection.rollback()
        logger.info("log.deriving", task="startup")
        with connection.begin():
            derive_again(connection, origin, needed_from=0, progress=lambda _size: None)
    connection.rollback()


def _check_register(connection: Connection, register: Register) -> None:
    """Notice a register that was lost or cut: its line was on the disk before the checkpoint's row was."""
    signed = connection.execute(select(func.max(col(Checkpoint.size)))).scalar()
    if signed is not None and register.find(signed) is None:
        raise ApiError(
            "register.lost",
            f"a checkpoint of {signed} entries was signed, and the checkpoint register does not hold it",
            remedy="Restore checkpoint-register.txt from where it was copied last; without it nothing keeps "
            "an old copy of the database from signing a second history (docs/recovery.md).",
            clause="registry 7.4",
        )


async def _chain(
    stack: AsyncExitStack,
    settings: Settings,
    system: System,
    keys: ServiceKeys,
    sequencer: Sequencer,
    sealer: Sealer,
    writer: Writer,
    reader: Reader,
) -> Publisher:
    chain = await open_chain(settings, system, keys)
    stack.push_async_callback(chain.close)
    return Publisher(
        chain=chain,
        info=await chain.describe(),
        sequencer=sequencer,
        sealer=sealer,
        writer=writer,
        reader=reader,
        system=system,
        interval=settings.anchor_interval_ms / 1000,
        lasting=settings.chain != "memory",
    )


@asynccontextmanager
async def _tasks(core: Core, sealer: Sealer, publisher: Publisher, tiles: Tiles) -> AsyncIterator[None]:
    folder = PublicFolder(core.settings.public_log_path, tiles, sealer)
    tasks = [
        asyncio.create_task(sealer.run(), name="sealer"),
        asyncio.create_task(publisher.run(), name="publisher"),
        asyncio.create_task(folder.run(), name="tiles"),
        asyncio.create_task(housekeeping.run(core), name="housekeeping"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _meta(connection: Connection, name: str) -> str | None:
    row = connection.execute(
        select(col(Meta.value)).where(col(Meta.tenant) == SERVICE_TENANT, col(Meta.name) == name)
    ).first()
    return None if row is None else row.value


def _set_meta(connection: Connection, name: str, value: str) -> None:
    connection.execute(insert(Meta).values(tenant=SERVICE_TENANT, name=name, value=value))
