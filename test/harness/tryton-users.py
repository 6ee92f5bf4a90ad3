"""The hand of Tryton's users in tests: one command a line on stdin, one answer a line on stdout, both JSON.

It works in the database itself, through Tryton's own models and with a user's rights, and never through the connector.
`late` leaves its transaction open until `commit`, as an import does that runs for minutes.
"""
import json
import sys
import threading
from decimal import Decimal

from trytond.pool import Pool
from trytond.transaction import Transaction

DATABASE = sys.argv[1]
TABLES = ['product_template', 'product_product', 'product_identifier', 'ir_translation',
    'party_party', 'party_address', 'party_contact_mechanism', 'party_identifier']
IDENTIFIERS = {'ean': 'ean', 'brand': 'brand'}


class Users:
    def __init__(self):
        Pool.start()
        Pool(DATABASE).init()
        with Transaction().start(DATABASE, 0, readonly=True):
            User = Pool().get('res.user')
            self.user, = (user.id for user in User.search([('login', '=', 'admin')]))
        with Transaction().start(DATABASE, self.user, readonly=True):
            self.context = {**Pool().get('res.user').get_preferences(True), '_check_access': True}
        self.late_commit = None

    def transaction(self):
        context = {**self.context, 'active_test': False, 'language': 'en'}
        return Transaction().start(DATABASE, self.user, context=context)

    def empty(self):
        with Transaction().start(DATABASE, 0) as transaction:
            cursor = transaction.connection.cursor()
            cursor.execute('TRUNCATE product_template CASCADE')
            cursor.execute("DELETE FROM ir_translation WHERE name LIKE 'product.%' AND type = 'model' AND res_id > 0"
                " AND split_part(name, ',', 1) IN ('product.template', 'product.product')")
            # Keys are as the suite wants them, so that the company itself must not be among the records.
            cursor.execute("DELETE FROM party_party WHERE code <> 'COMPANY'")
            cursor.execute('TRUNCATE ir_model_log')
            transaction.commit()

    def put(self, records, entity):
        with self.transaction() as transaction:
            PUT[entity](records)
            transaction.commit()

    def late(self, records, entity):
        written, self.late_commit = threading.Event(), threading.Event()
        self.late_thread = threading.Thread(target=self.put_late, args=(records, written, entity), daemon=True)
        self.late_thread.start()
        if not written.wait(60):
            raise TimeoutError('the late transaction did not write')

    def put_late(self, records, written, entity):
        with self.transaction() as transaction:
            PUT[entity](records)
            written.set()
            self.late_commit.wait(120)
            transaction.commit()

    def commit(self):
        self.late_commit.set()
        self.late_thread.join(60)

    def remove(self, keys, by='template'):
        with self.transaction() as transaction:
            pool = Pool()
            products = find_products(keys)
            if by == 'party':
                pool.get('party.party').delete(find_parties(keys))
            elif by == 'template':
                pool.get('product.template').delete([product.template for product in products])
            else:
                pool.get('product.product').delete(products)
            transaction.commit()

    def read(self, entity):
        with self.transaction():
            if entity == 'customer':
                parties = Pool().get('party.party').search([('code', '!=', 'COMPANY')])
                return {party.code: to_customer(party) for party in parties}
            products = Pool().get('product.product').search([('code', '!=', None)])
            return {product.code: to_fields(product) for product in products}

    def unmappable(self):
        with self.transaction() as transaction:
            template, = Pool().get('product.template').create([{
                'name': 'No code', 'default_uom': find_unit('u'), 'products': [('create', [{}])]}])
            transaction.commit()
            return f'{template.products[0].id:010}'

    def count_writes(self):
        """A number that is another after any write: the newest transaction that wrote, and how many rows there are."""
        with Transaction().start(DATABASE, 0, readonly=True) as transaction:
            cursor = transaction.connection.cursor()
            newest, count = 0, 0
            for table in TABLES:
                cursor.execute(f'SELECT coalesce(max(xmin::text::bigint), 0), count(*) FROM {table}')
                table_newest, table_count = cursor.fetchone()
                newest, count = max(newest, table_newest), count + table_count
            return newest * 100_000 + count

    def create(self, model, values):
        with self.transaction() as transaction:
            records = Pool().get(model).create([values])
            transaction.commit()
            return [record.id for record in records]

    def write(self, model, ids, values):
        with self.transaction() as transaction:
            Model = Pool().get(model)
            Model.write(Model.browse(ids), values)
            transaction.commit()

    def delete(self, model, ids):
        with self.transaction() as transaction:
            Model = Pool().get(model)
            Model.delete(Model.browse(ids))
            transaction.commit()

    def count_stock(self, key, quantity):
        """Counts a product in the warehouse: Tryton makes and does the move that is needed."""
        with self.transaction() as transaction:
            pool = Pool()
            Inventory = pool.get('stock.inventory')
            warehouse, = pool.get('stock.location').search([('type', '=', 'warehouse')])
            product, = find_products([key])
            inventory, = Inventory.create([{
                'location': warehouse.storage_location.id,
                'empty_quantity': 'keep',
                'lines': [('create', [{'product': product.id, 'quantity': quantity}])]}])
            Inventory.confirm([inventory])
            transaction.commit()

    def rename_brand(self, key, brand):
        """Of the identifier alone, as an import of identifiers does."""
        with self.transaction() as transaction:
            product, = find_products([key])
            identifiers = [each for each in product.identifiers if each.type == 'brand']
            Pool().get('product.identifier').write(identifiers, {'code': brand})
            transaction.commit()

    def template_of(self, key):
        with self.transaction():
            product, = find_products([key])
            return product.template.id

    def add_user(self, login, password):
        """A user without any group or company."""
        with Transaction().start(DATABASE, 0) as transaction:
            User = Pool().get('res.user')
            if not User.search([('login', '=', login)]):
                User.create([{'name': login, 'login': login, 'password': password}])
            transaction.commit()

    def stamps(self, key):
        with self.transaction():
            product, = find_products([key])
            return [str(product.last_modified_at), str(product.template.last_modified_at)]


def put_products(records):
    known = {product.code: product for product in find_products([record['key'] for record in records])}
    new = [record for record in records if record['key'] not in known]
    Template = Pool().get('product.template')
    templates = Template.create([to_template(record) for record in new])
    for record, template in zip(new, templates):
        set_german(template, record)
    # As for everyone: a product is made active, filled in, then deactivated.
    Product = Pool().get('product.product')
    inactive = [t.products[0] for r, t in zip(new, templates) if not r['fields']['active']]
    if inactive:
        Product.write(inactive, {'active': False})
    for record in records:
        if record['key'] in known:
            change_product(known[record['key']], record)


def change_product(product, record):
    fields = record['fields']
    identifiers = [('delete', [each.id for each in product.identifiers])] if product.identifiers else []
    identifiers += to_identifiers(fields)
    values = to_values(fields)
    values['products'] = [('write', [product.id], {'active': fields['active'], 'identifiers': identifiers})]
    Pool().get('product.template').write([product.template], values)
    set_german(product.template, record)


def to_template(record):
    fields = record['fields']
    variant = {'suffix_code': record['key'], 'identifiers': to_identifiers(fields)}
    return {**to_values(fields), 'default_uom': find_unit('u'), 'products': [('create', [variant])]}


def to_values(fields):
    weight = fields['weight']
    return {
        'name': fields['name']['en'],
        'weight': None if weight is None else float(weight),
        'weight_uom': None if weight is None else find_unit('kg'),
        'active': True,
    }


def to_identifiers(fields):
    values = [{'type': type_, 'code': fields[name]} for name, type_ in IDENTIFIERS.items() if fields[name]]
    return [('create', values)] if values else []


def set_german(template, record):
    Template = Pool().get('product.template')
    with Transaction().set_context(language='de'):
        Template.write([Template(template.id)], {'name': record['fields']['name'].get('de')})


def to_fields(product):
    pool = Pool()
    Translation = pool.get('ir.translation')
    german = Translation.search([
        ('name', '=', 'product.template,name'), ('lang', '=', 'de'), ('res_id', '=', product.template.id)])
    name = {'de': german[0].value if german else None, 'en': product.template.name}
    weight = product.template.weight
    first = {each.type: each.code for each in reversed(product.identifiers)}
    return {
        'name': {language: text for language, text in name.items() if text},
        'weight': None if weight is None else format(Decimal(repr(weight)).normalize() + 0, 'f'),
        'active': product.active and product.template.active,
        **{name: first.get(type_) for name, type_ in IDENTIFIERS.items()},
    }


def put_customers(records):
    Party = Pool().get('party.party')
    known = {party.code: party for party in find_parties([record['key'] for record in records])}
    for record in records:
        values = to_party(record['fields'])
        party = known.get(record['key'])
        if party:
            for name in ['addresses', 'contact_mechanisms', 'identifiers']:
                old = [each.id for each in getattr(party, name)]
                values[name] = [*([('delete', old)] if old else []), *values[name]]
            Party.write([party], values)
    new = [record for record in records if record['key'] not in known]
    Party.create([{**to_party(record['fields']), 'code': record['key']} for record in new])


def to_party(fields):
    Country = Pool().get('country.country')
    country = Country.search([('code', '=', fields['country'])]) if fields['country'] else []
    address = {'street': fields['street'], 'postal_code': fields['postcode'], 'city': fields['city'],
        'country': country[0].id if country else None}
    mechanisms = [{'type': kind, 'value': fields[kind]} for kind in ['email', 'phone'] if fields[kind]]
    vat = [{'type': 'eu_vat', 'code': fields['vatId']}] if fields['vatId'] else []
    return {
        'name': fields['name'],
        'addresses': [('create', [address])],
        'contact_mechanisms': [('create', mechanisms)] if mechanisms else [],
        'identifiers': [('create', vat)] if vat else [],
    }


def to_customer(party):
    address = party.addresses[0] if party.addresses else None
    mechanism = {each.type: each.value for each in reversed(party.contact_mechanisms)}
    return {
        'name': party.name,
        'email': mechanism.get('email'),
        'phone': mechanism.get('phone'),
        'street': address and address.street or None,
        'postcode': address and address.postal_code or None,
        'city': address and address.city or None,
        'country': address.country.code if address and address.country else None,
        'vatId': next((each.code for each in party.identifiers if each.type == 'eu_vat'), None),
    }


def find_parties(keys):
    return Pool().get('party.party').search([('code', 'in', keys)])


PUT = {'product': put_products, 'customer': put_customers}


def find_products(keys):
    return Pool().get('product.product').search([('code', 'in', keys)])


def find_unit(symbol):
    unit, = Pool().get('product.uom').search([('symbol', '=', symbol)])
    return unit.id


def main():
    users = Users()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {'result': getattr(users, command.pop('do'))(**command)}
        except Exception as error:
            answer = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer), flush=True)


main()
