"""The report in Chromium, opened from the disk."""

import json
import shutil
from pathlib import Path

import pytest

from snreid_mm.report import write_report

webdriver = pytest.importorskip('selenium.webdriver')
CHROMIUM, DRIVER = map(shutil.which, ('chromium', 'chromedriver'))
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="needs Debian's packages chromium and chromium-driver")


@pytest.fixture(scope='module')
def browser(report, draw_pair, tmp_path_factory):
    from selenium.webdriver.chrome.service import Service
    folder = tmp_path_factory.mktemp('browser')
    page = write_report(
        report,
        folder / 'report',
        'A report',
        explain=draw_pair,
        explained=1,
        progress=False)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu',
                     '--disable-dev-shm-usage', '--window-size=1200,900',
                     f'--user-data-dir={folder / "profile"}'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs',
                           dict(browser='ALL', performance='ALL'))
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        driver.get(page.as_uri())
        yield driver
        # Whatever the tests did: no error, and nothing from elsewhere.
        assert driver.get_log('browser') == []
        messages = [
            json.loads(entry['message'])['message']
            for entry in driver.get_log('performance')
        ]
        requests = [
            message['params']['request']['url'] for message in messages
            if message['method'] == 'Network.requestWillBeSent'
            # Not what Chromium's own first page asks for.
            and message['params']['documentURL'].startswith('file:')
        ]
        assert len(requests) > 10
        for url in requests:
            assert url.startswith((page.parent.as_uri(), 'data:,')), url
    finally:
        driver.quit()


@pytest.fixture(autouse=True)
def all_queries(request):
    """Begin each test with the whole list."""
    if 'browser' in request.fixturenames:
        browser = request.getfixturevalue('browser')
        browser.execute_script(
            "document.getElementById('query').close();"
            "document.querySelector('#filters [type=reset]').click();")
        wait(browser, lambda: place(browser).endswith('30 queries'))


def wait(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait
    return WebDriverWait(browser, 30).until(lambda _: condition())


def find(browser, selector):
    return browser.find_elements('css selector', selector)


def place(browser):
    return find(browser, '#place')[0].text


def cards(browser):
    return [
        int(card.get_attribute('data-bbox'))
        for card in find(browser, '.card')
    ]


def expect(browser, wanted):
    """Wait until these cards are shown, in this order."""
    wait(browser, lambda: cards(browser) == list(wanted))


def choose(browser, name, text):
    from selenium.webdriver.support.ui import Select
    Select(find(browser, f'[name={name}]')[0]).select_by_visible_text(text)


def press(browser, key):
    browser.switch_to.active_element.send_keys(key)


def test_the_worst_come_first(browser):
    assert place(browser) == 'page 1 of 2, 30 queries'
    assert cards(browser)[:11] == [*range(102, 130, 3), 100]
    wait(browser, lambda: len(find(browser, '.card .tile')) == 24 * 5)
    signs = [each.text for each in find(browser, '.card .crop')[:5]]
    assert signs == ['query', '1 ✗', '2 ✗', '3 ✓', '4 ✗']


def test_order(browser):
    choose(browser, 'order', 'best first')
    wait(browser, lambda: cards(browser)[:10] == [*range(101, 130, 3)])
    choose(browser, 'order', 'nearest to the median')
    wait(browser, lambda: cards(browser)[:10] == [*range(100, 130, 3)])
    choose(browser, 'order', 'by number')
    expect(browser, range(100, 124))


def test_filters(browser):
    choose(browser, 'role', 'Goalkeeper team left')
    expect(browser, range(102, 130, 3))
    choose(browser, 'height', 'under 64 px')
    expect(browser, [102])
    choose(browser, 'first', 'right')
    expect(browser, [])
    choose(browser, 'model', '<b>perfect</b>')
    expect(browser, [102])
    find(browser, '#filters [type=reset]')[0].click()
    wait(browser, lambda: place(browser) == 'page 1 of 2, 30 queries')
    find(browser, '[name=action]')[0].send_keys('3')
    wait(browser, lambda: sorted(cards(browser)) == [109, 110, 111])


def test_pages_by_click_and_by_key(browser):
    from selenium.webdriver.common.keys import Keys
    first = cards(browser)
    find(browser, '#next')[0].click()
    assert place(browser).startswith('page 2')
    assert len(cards(browser)) == 6 and not set(cards(browser)) & set(first)
    assert not find(browser, '#next')[0].is_enabled()
    find(browser, '#previous')[0].click()
    assert cards(browser) == first
    browser.execute_script('document.activeElement.blur()')
    press(browser, Keys.ARROW_RIGHT)
    assert place(browser).startswith('page 2')
    press(browser, Keys.ARROW_LEFT)
    assert cards(browser) == first


@pytest.mark.parametrize('by', ['click', 'key'])
def test_a_query_opens_and_closes(browser, report, by):
    from selenium.webdriver.common.keys import Keys
    choose(browser, 'order', 'by number')
    expect(browser, range(100, 124))
    card = find(browser, '.card')[0]
    if by == 'click':
        card.click()
    else:
        browser.execute_script('arguments[0].focus()', card)
        press(browser, Keys.ENTER)
    dialog, = find(browser, '#query')
    wait(browser, lambda: dialog.is_displayed())
    assert dialog.find_element('id', 'query-title').text == (
        'Query 100 · action 0 · Player team left · 30 px · AP 50.0 · '
        'first match at 2 · explained')
    assert len(find(browser, '#query .tile')) == 5
    # A name that would be HTML is text.
    assert find(browser,
                '#query .file')[0].text == Path(report.query.names[0]).name
    assert not find(browser, '#query img, #query script')
    press(browser, Keys.ESCAPE)
    wait(browser, lambda: not dialog.is_displayed())


def test_reasons_are_loaded_when_they_are_opened(browser):
    choose(browser, 'order', 'by number')
    expect(browser, range(100, 124))
    find(browser, '.card[data-bbox="102"]')[0].click()
    dialog, = find(browser, '#query')
    wait(browser, lambda: dialog.is_displayed())
    summaries = find(browser, '#query summary')
    assert [each.text for each in summaries] == [
        'Likeness of the query and crop 1 ✗, by position and part',
        'Likeness of the query and crop 3 ✓, by position and part'
    ]
    assert not find(browser, '#query img')
    summaries[1].click()
    picture, = wait(browser, lambda: find(browser, '#query img'))
    assert picture.get_attribute('src').endswith('explained/102-102.webp')
    wait(browser, lambda: picture.get_property('naturalWidth') == 1400)
    # With another ranking the same crop has another rank.
    browser.execute_script("document.getElementById('query').close()")
    choose(browser, 'model', '<b>perfect</b>')
    choose(browser, 'order', 'by number')
    expect(browser, range(100, 124))
    find(browser, '.card[data-bbox="102"]')[0].click()
    wait(browser, lambda: dialog.is_displayed())
    assert [each.text.split(',')[0][-8:]
            for each in find(browser, '#query summary')
            ] == ['crop 3 ✗', 'crop 1 ✓']
    # Others have none.
    browser.execute_script("document.getElementById('query').close()")
    find(browser, '.card[data-bbox="103"]')[0].click()
    wait(browser, lambda: dialog.is_displayed())
    assert not find(browser, '#query details')


def test_narrow_dark_window(browser):
    browser.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride',
        dict(width=360, height=700, deviceScaleFactor=1, mobile=True))
    browser.execute_cdp_cmd(
        'Emulation.setEmulatedMedia',
        dict(features=[dict(name='prefers-color-scheme', value='dark')]))
    try:
        # Nothing but the tables in their boxes is wider than the window.
        assert browser.execute_script(
            'return document.documentElement.scrollWidth') <= 360
        assert browser.execute_script(
            'return getComputedStyle(document.body).backgroundColor'
        ) == 'rgb(13, 17, 23)'
    finally:
        browser.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
        browser.execute_cdp_cmd('Emulation.setEmulatedMedia',
                                dict(features=[]))
