from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.people import block
from courses.models import Course, Enrollment
from courses.services.enrollment import enroll, unenroll
from courses.services.progress import complete_lesson
from telemetry.models import LeaderboardRung, WeeklyStanding
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.telemetry.standings import lines, stand

BOARD = "/courses/weaving/leaderboard/"
WEEK = f"{BOARD}?week=1"


@pytest.fixture
def me(learner):
    """`me(percent, seconds)`: the learner stands there."""

    def stands(percent, seconds=0, **fields):
        Enrollment.objects.filter(user=learner).update(progress=percent, seconds_spent=seconds, **fields)

    return stands


def text(response):
    return " ".join(response.content.decode().split())


def test_learners_stand_by_progress_and_then_by_less_time(as_learner, course, me):
    me(50, 30)
    stand(course, 100, 7_325, username="thorough", first_name="Tess", last_name="Thorough")
    stand(course, 100, 600, first_name="Quin", last_name="Quick")
    stand(course, 50, 36_000, first_name="Sol", last_name="Slow")
    response = as_learner.get(BOARD)
    assert lines(response) == [
        "1 gold medal Quin Quick 100% 0:10:00",
        "2 silver medal Tess Thorough 100% 2:02:05",
        "3 bronze medal Lee Park You 50% 0:00:30",
        "4 Sol Slow 50% 10:00:00",
    ]
    assert "You are <strong>3rd</strong>." in text(response) and 'href="/people/thorough/"' in text(response)


def test_equal_results_share_a_rank_and_a_medal(as_learner, course, me):
    me(100, 60)
    for percent, seconds, name in ((100, 60, "Bea"), (90, 5, "Cyd"), (90, 5, "Dov"), (90, 6, "Eli")):
        stand(course, percent, seconds, first_name=name, last_name="")
    assert lines(as_learner.get(BOARD)) == [
        "1 gold medal Lee Park You 100% 0:01:00",
        "1 gold medal Bea 100% 0:01:00",
        "3 bronze medal Cyd 90% 0:00:05",
        "3 bronze medal Dov 90% 0:00:05",
        "5 Eli 90% 0:00:06",
    ]


def test_percents_that_differ_never_read_the_same(as_learner, course, me):
    me("66.67", 500)
    stand(course, "66.66", 10, first_name="Bea", last_name="")
    assert lines(as_learner.get(BOARD)) == [
        "1 gold medal Lee Park You 66.67% 0:08:20",
        "2 silver medal Bea 66.66% 0:00:10",
    ]


def test_my_own_row_stands_below_a_list_that_ends_above_it(as_learner, course, me):
    me(10)
    for number in range(21):
        stand(course, 20, number)
    response = as_learner.get(BOARD)
    assert len(lines(response)) == 21 and lines(response)[-1] == "22 Lee Park You 10% 0:00:00"
    assert "You are <strong>22nd</strong>. <a href" in text(response) and "See the people around you" in text(response)


def test_a_rank_far_down_is_what_the_rung_says_and_who_is_between(as_learner, course, me):
    me(10, 20)
    stand(course, 10, 19)
    rung = {"course": course, "outline_version": course.outline_version, "points": 10}
    LeaderboardRung.objects.create(**rung, seconds=19, above=1_232)
    LeaderboardRung.objects.create(**rung, seconds=21, above=5_000)
    for number in range(20):
        stand(course, 20, number)
    response = as_learner.get(BOARD)
    assert "You are <strong>1,234th</strong>." in text(response)
    assert lines(response)[-1] == "1,234 Lee Park You 10% 0:00:20"


def test_a_rung_of_another_outline_says_nothing(as_learner, course, me):
    me(10)
    old = course.outline_version - 1
    LeaderboardRung.objects.create(course=course, outline_version=old, points=10, seconds=0, above=500)
    assert lines(as_learner.get(BOARD)) == ["1 gold medal Lee Park You 10% 0:00:00"]


def test_ranks_go_on_over_the_pages(as_learner, course, me):
    me(1)
    for number in range(44):
        stand(course, 90 - number // 15, 60)  # fifteen each share a rank
    asked, ranks = BOARD, []
    for _ in range(3):
        response = as_learner.get(asked)
        ranks += [int(line.split()[0]) for line in lines(response) if "You" not in line]
        asked = response.context["next_url"] and f"{BOARD}{response.context['next_url']}"
    assert ranks == [1] * 15 + [16] * 15 + [31] * 14
    assert not asked and "Back to the top" in text(response) and lines(response)[-1].startswith("45 Lee Park You")


def test_the_people_around_me(as_learner, course, me):
    me(50, 100)
    for number in range(60):
        stand(course, 50, 70 + number)
    shown = lines(as_learner.get(f"{BOARD}?around=1"))
    # 30 are quicker, and one is as quick as I am.
    assert shown[0].startswith("22 ") and len(shown) == 20
    assert shown[9].startswith("31 Lee Park You") and shown[10].startswith("31 ") and shown[11].startswith("33 ")


def test_around_somebody_near_the_top_begins_with_it(as_learner, course, me):
    me(50, 100)
    for number in range(30):
        stand(course, 50, 98 + 2 * number)
    response = as_learner.get(f"{BOARD}?around=1")
    assert lines(response)[0].startswith("1 gold medal") and "Lee Park" in lines(response)[1]
    assert "Back to the top" not in text(response)


def test_who_hides_is_absent_for_others_and_sees_where_they_would_stand(sign_in, as_learner, course, learner, me):
    me(60, 100)
    other = stand(course, 50, 100, first_name="Bea", last_name="")
    stand(course, 70, 100, first_name="Cyd", last_name="")
    profile = {"first_name": "Lee", "last_name": "Park", "username": "learner"}
    assert as_learner.post("/profile/", profile).status_code == 302
    learner.refresh_from_db()
    assert not learner.leaderboard_visible
    assert "Lee Park" not in text(sign_in(other).get(BOARD))
    response = as_learner.get(BOARD)
    assert lines(response) == [
        "1 gold medal Cyd 70% 0:01:40",
        "2 silver medal Bea 50% 0:01:40",
        "2 silver medal Lee Park You Only you see this 60% 0:01:40",
    ]
    assert "You would be <strong>2nd</strong>" in text(response) and "nobody else sees your place" in text(response)
    as_learner.post("/profile/", profile | {"leaderboard_visible": "on"})
    assert lines(sign_in(other).get(BOARD))[1] == "2 silver medal Lee Park 60% 0:01:40"


def test_nobody_is_listed_who_left_or_is_blocked_or_gone(as_learner, course, me, admin):
    me(10)
    gone, blocked, left = (stand(course, 100, week=3, first_name=name) for name in ("Gone", "Blocked", "Left"))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    block(actor=admin, person=blocked, reason="Spam")
    unenroll(learner=left, course=course)
    assert lines(as_learner.get(BOARD)) == ["1 gold medal Lee Park You 10% 0:00:00"]
    assert "A new week" in text(as_learner.get(WEEK))
    enroll(learner=left, course=course)
    Enrollment.objects.filter(user=left).update(progress=100)
    assert "Left" in lines(as_learner.get(BOARD))[0] and "Left" in lines(as_learner.get(WEEK))[0]


def test_who_has_not_completed_anything_has_no_place_yet(as_learner, course, me):
    me(0, 500)
    stand(course, 0, 0, first_name="Bea")
    stand(course, 5, 0, first_name="Cyd", last_name="")
    response = as_learner.get(BOARD)
    assert lines(response) == ["1 gold medal Cyd 5% 0:00:00", "– no place yet Lee Park You 0% 0:08:20"]
    assert "complete your first lesson and you are in" in text(response)


def test_an_empty_leaderboard_helps(as_learner, course):
    page = text(as_learner.get(BOARD))
    assert "Nobody is ranked yet" in page and 'href="/courses/weaving/learn/"' in page


def test_this_week_counts_the_lessons_of_this_week(as_learner, learner, course):
    stand(course, 90, 60, week=0, first_name="Past", last_name="")
    stand(course, 10, 60, week=1, first_name="Bea", last_name="")
    for lesson_id in lesson_ids(course)[:2]:
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)
    response = as_learner.get(WEEK)
    assert lines(response) == ["1 gold medal Lee Park You 2 0:00:00", "2 silver medal Bea 1 0:01:00"]
    assert "You are <strong>1st</strong> this week." in text(response) and "Monday at 0:00 UTC" in text(response)


def test_another_week_begins_with_an_empty_page_that_helps(as_learner, learner, course, time_machine):
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    time_machine.move_to(timezone.now() + timedelta(days=7))
    as_learner.force_login(learner)
    page = text(as_learner.get(WEEK))
    assert "A new week" in page and "Whoever does so first leads." in page and "You have no place this week yet" in page
    assert "Lee Park" in lines(as_learner.get(BOARD))[0]


@pytest.mark.parametrize("week", ["", "?week=1"])
def test_a_private_leaderboard_exists_for_staff_only(as_learner, as_author, as_admin, course, week):
    Course.objects.update(is_leaderboard_public=False)
    assert as_learner.get(f"{BOARD}{week}").status_code == 404
    for client in (as_author, as_admin):
        assert "Only staff see this: it is private" in text(client.get(f"{BOARD}{week}"))


def test_staff_see_the_leaderboard_of_a_draft(as_learner, as_author, course):
    Course.objects.update(is_published=False)
    assert as_learner.get(BOARD).status_code == 404
    page = text(as_author.get(f"{BOARD}?around=1"))
    assert "Only staff see this: the course is a draft" in page and "lf-my-place" not in page and "Hide me" not in page


def test_staff_who_learn_have_a_row_of_their_own(as_author, author, course):
    stand(course, 40, person=author)
    assert lines(as_author.get(BOARD)) == ["1 gold medal Ada Weaver You 40% 0:00:00"]


def test_who_is_not_enrolled_is_led_to_the_course(as_stranger, stranger, course, learner):
    response = as_stranger.get(BOARD, follow=True)
    assert response.redirect_chain == [("/courses/weaving/", 302)]
    assert "Enroll to see the leaderboard." in text(response)
    enroll(learner=stranger, course=course)
    assert as_stranger.get(BOARD).status_code == 200
    unenroll(learner=stranger, course=course)
    assert as_stranger.get(BOARD).status_code == 302


def test_people_of_another_course_are_on_another_leaderboard(as_learner, me):
    me(10)
    elsewhere = CourseFactory(lessons=1)
    stand(elsewhere, 90, week=9)
    EnrollmentFactory(user=UserFactory(), course=elsewhere, done=1)
    assert len(lines(as_learner.get(BOARD))) == 1 and lines(as_learner.get(WEEK)) == []


@pytest.mark.parametrize("after", ["x", "1", "5-5", "-1-1-1", "1e9-0-0", "١-1-1", "5-5-5; --", "9" * 50])
def test_a_place_that_is_none_begins_at_the_top(as_learner, me, after):
    me(10)
    response = as_learner.get(BOARD, {"after": after})
    assert response.status_code == 422 and len(lines(response)) == 1


def test_after_the_last_place_there_is_a_way_back(as_learner, me):
    me(10)
    response = as_learner.get(f"{BOARD}?after=0-0-0")
    assert "Nobody comes after this place." in text(response) and "Back to the top" in text(response)
    assert "You are <strong>1st</strong>." in text(response)


def test_nobody_may_send_anything_here(as_learner):
    assert as_learner.post(BOARD).status_code == 405


def test_the_course_leads_to_its_leaderboard_whoever_may_see_it(as_learner, as_stranger, as_author, visitor, course):
    link = f'href="{BOARD}"'
    assert link in text(as_learner.get(course.url)) and link in text(as_author.get(course.url))
    assert link not in text(as_stranger.get(course.url)) and link not in text(visitor.get(course.url))
    Course.objects.update(is_leaderboard_public=False)
    assert link not in text(as_learner.get(course.url)) and link in text(as_author.get(course.url))
    assert f'href="{course.url}"' in text(as_author.get(BOARD))


def test_names_are_shown_as_people_write_them(as_learner, course, me):
    me(1)
    stand(course, 50, first_name="<b>Bobby</b>", last_name='"Tables"', week=3)
    for board in (BOARD, WEEK):
        assert "&lt;b&gt;Bobby&lt;/b&gt; &quot;Tables&quot;" in text(as_learner.get(board))


def test_my_row_and_the_list_agree_whatever_the_rungs_say(as_learner, course, me):
    me(10, 10)
    for number in range(25):
        stand(course, 20, number)
    rung = {"course": course, "outline_version": course.outline_version}
    LeaderboardRung.objects.create(**rung, points=15, seconds=0, above=3)  # of long ago
    assert lines(as_learner.get(BOARD))[-1].startswith("21 Lee Park")
    LeaderboardRung.objects.update(above=900)
    last = as_learner.get(as_learner.get(BOARD).context["next_url"].replace("?", f"{BOARD}?"))
    assert [line.split()[0] for line in lines(last)] == ["21", "22", "23", "24", "25", "26"]


def test_standings_of_the_week_are_of_their_own_week(as_learner, learner, course):
    enrollment = Enrollment.objects.get(user=learner)
    monday = timezone.now().date() - timedelta(days=timezone.now().weekday() + 7)
    WeeklyStanding.objects.create(enrollment=enrollment, course=course, week=monday, lessons_completed=9)
    assert lines(as_learner.get(WEEK)) == []
