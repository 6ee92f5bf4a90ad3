"""What every database of the test system begins with."""
import sys

MODULES = ['company', 'country', 'currency', 'party', 'product', 'product_measurements', 'stock']
COUNTRIES = {'AT': 'Austria', 'CH': 'Switzerland', 'DE': 'Germany', 'FR': 'France', 'NL': 'Netherlands'}


def fill(database):
    """Initialises an empty database; the password is read from TRYTONPASSFILE."""
    from trytond.cli.admin import main as administer

    run(administer, ['-d', database, '--all', '--email', 'admin@example.com'])
    run(administer, ['-d', database, '-u', *MODULES, '--activate-dependencies'])
    add_basics(database)


def run(administer, arguments):
    sys.argv = ['trytond-admin', *arguments]
    administer()


def add_basics(database):
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    with Transaction().start(database, 0) as transaction:
        pool = Pool()
        give_rights(pool, add_company(pool))
        add_countries(pool)
        # Records may be named in German too; Tryton's own words stay English, as loading them takes a minute.
        Lang = pool.get('ir.lang')
        Lang.write(Lang.search([('code', '=', 'de')]), {'translatable': True})
        # Weights of screws need more than two digits.
        Uom = pool.get('product.uom')
        Uom.write(Uom.search([('symbol', '=', 'kg')]), {'digits': 4, 'rounding': 0.0001})
        transaction.commit()


def add_company(pool):
    Currency = pool.get('currency.currency')
    Party = pool.get('party.party')
    Company = pool.get('company.company')
    euro = Currency(name='Euro', symbol='€', code='EUR', numeric_code='978', digits=2)
    euro.save()
    party = Party(name='Plumbline Test Company', code='COMPANY')
    party.save()
    company = Company(party=party, currency=euro)
    company.save()
    return company


def give_rights(pool, company):
    User = pool.get('res.user')
    Group = pool.get('res.group')
    user, = User.search([('login', '=', 'admin')])
    user.companies = [company]
    user.company = company
    user.groups = Group.search([])
    user.save()


def add_countries(pool):
    Country = pool.get('country.country')
    Country.create([{'code': code, 'name': name} for code, name in COUNTRIES.items()])
