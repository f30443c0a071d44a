/**
 * Words for travel, food, maps, weather, health, the home, school, banks and coins, in the form of the idioms. What is done is apart from what it is done
 * to. Written from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done on journeys, with maps and at the table. */
export const WHAT_IS_DONE_OUTSIDE = `
look_for_a_flight find_a_flight cheapest_flight how_do_i_fly get_me_on_a_plane want_to_fly plane_tickets_to fly_me_to when_is_there_a_plane > search flight offers | flights
what_would_the_flight_cost is_the_flight_still price_of_the_flight > get price flight offer | pricing
buy_a_plane_ticket book_a_flight book_the_flight take_that_flight reserve_a_flight > create flight order | booking
is_the_plane_late is_the_flight_delayed is_the_flight_on_time when_does_the_plane_land where_is_the_plane has_the_plane_landed > get flight status | tracking
where_do_i_sit choose_a_seat pick_a_seat window_seat seats_on_the_plane > get seat map | seats
take_me_off_the_flight give_back_the_ticket cancel_the_trip call_off_the_journey > cancel delete booking order | flight reservation
place_to_sleep somewhere_to_sleep somewhere_to_stay place_to_stay place_for_the_night room_for_tonight find_a_room find_a_hotel look_for_a_hotel rooms_in which_hotels > search hotels offers | hotel rooms list
is_there_a_room any_rooms_left rooms_still_free is_the_hotel_full > get check availability rooms | hotel
take_the_room book_the_room book_a_hotel reserve_a_room book_a_room_for > create booking reservation | hotel room
cancel_the_room no_longer_need_the_room cancel_my_stay > cancel delete booking reservation | hotel
what_do_guests_say_about how_is_the_hotel opinions_of_guests > get list reviews | hotel ratings
hire_a_car rent_a_car car_for_the_weekend need_a_car > search create car rental | cars booking
get_me_a_taxi order_a_taxi call_a_cab call_me_a_cab need_a_lift pick_me_up_at drive_me_to bring_me_to > create ride request | trip
what_would_the_ride_cost how_much_is_the_ride what_is_the_fare > get estimate price fare | ride
where_is_my_driver where_is_my_ride where_is_my_taxi when_is_my_driver > get ride status | trip driver location
no_longer_need_the_ride send_the_taxi_away > cancel ride | request
take_the_train next_train when_is_the_next_bus when_does_the_bus when_does_the_train next_bus trains_to > get list departures | journeys timetable stops
what_can_i_do_there what_is_there_to_see what_to_see_in sights_in things_to_do_in worth_seeing > search attractions | places activities points of interest
plan_my_journey plan_a_trip put_a_trip_together > create itinerary | trip plan
how_do_i_get_there how_do_i_drive how_do_i_walk show_me_the_way take_me_home way_home shortest_way quickest_way fastest_way best_way_to_get from_here_to > get directions route | routes compute
how_far_is_it how_far_away how_long_does_it_take_to_get how_long_is_the_way how_many_kilometres_is how_many_miles_is > get distance matrix | duration route
in_which_order_should_i_visit best_round shortest_round several_stops > optimize route | waypoints
is_there_a_traffic_jam how_is_the_traffic is_the_road_free is_the_street_blocked > get traffic | incidents flow
where_on_the_map find_on_the_map put_on_the_map turn_an_address_into where_exactly_is latitude_of position_of_an_address > geocode search | address coordinates location
what_is_at_this_point which_address_is_this which_street_am_i what_is_here where_am_i_exactly turn_coordinates_into > reverse geocode | address
is_the_address_right does_the_address_exist check_the_address clean_up_the_address correct_the_address > validate verify address | addresses
finish_the_address_for_me suggest_addresses_while suggest_while_typing complete_what_i_type > autocomplete | suggestions places typeahead
what_is_around_here what_is_near_here anything_near shops_near restaurants_near nearest_pharmacy nearest_supermarket where_is_the_next where_is_the_nearest closest_shop > search nearby places | place
tell_me_about_the_place when_does_the_shop_open is_the_shop_open what_are_the_opening_hours > get place details | hours
how_high_is_the_mountain how_high_above_the_sea > get elevation | height
what_time_is_it_in which_time_zone > get timezone | time zone
which_ip_is_this where_is_this_ip from_which_country_is_the_visitor > lookup geolocation ip | country
have_they_come_to_the_place entered_the_area left_the_area when_someone_enters_an_area > create geofence | fence
will_it_be_nice will_it_be_warm will_it_be_cold do_i_need_an_umbrella do_i_need_a_coat should_i_take_an_umbrella what_will_the_weather weather_tomorrow weather_for_the_week how_will_the_weather will_it_snow does_it_rain_tomorrow > get forecast | weather daily
how_is_the_weather what_is_the_weather is_it_raining_now how_warm_is_it how_cold_is_it how_hot_is_it what_is_it_like_outside > get current weather | conditions temperature
what_was_the_weather_like how_warm_was_it did_it_rain > get history weather | historical
is_a_storm_coming is_there_a_storm any_storms bad_weather_coming weather_warning weather_warnings > list get alerts weather | warnings
how_is_the_air is_the_air_clean smog pollen how_much_pollen > get air quality | pollution
when_does_the_sun_rise when_does_the_sun_set when_does_it_get_dark > get sunrise sunset | astronomy
when_is_high_tide how_high_are_the_waves > get tides | marine
find_a_restaurant where_can_we_eat where_can_i_eat somewhere_to_eat good_place_to_eat where_should_we_eat i_am_hungry > search restaurants | places businesses
keep_a_table reserve_a_table book_a_table table_for_two table_for_four > create reservation | restaurant booking
what_do_they_serve what_is_on_the_menu what_can_i_eat_there > get menu | restaurant items
bring_me_food order_food order_a_pizza get_a_pizza something_to_eat_at_home order_in order_takeaway order_take_out > create order | food restaurant delivery
what_can_i_cook what_could_i_cook what_shall_i_cook something_to_cook cook_with_what dishes_with recipe_for recipes_with how_do_i_make_a how_do_i_bake > search find recipes | recipe ingredients
what_do_i_need_for_the_recipe how_do_i_cook_it > get recipe information | ingredients instructions
how_many_calories is_it_healthy what_is_in_the_food what_is_in_this_food > get nutrition | food nutrients
plan_what_we_eat what_do_we_eat_this_week meals_for_the_week > generate create meal plan | mealplan
put_on_the_shopping_list need_to_buy we_are_out_of_milk dont_forget_the_milk > add create item shopping list | task
drink_recipe how_do_i_mix > search cocktails | drinks
`

/** What is done about health, at home, in school and with private money. */
export const WHAT_IS_DONE_AT_HOME = `
how_far_did_i_run how_much_did_i_run how_many_steps steps_today did_i_move_enough how_active_was_i > get list activity | steps activities summary
i_went_for_a_run i_went_running write_down_my_run note_my_workout put_in_my_training i_did_some_sport > create log activity | workout exercise
what_sport_did_i > list activities | workouts
how_did_i_sleep how_long_did_i_sleep how_well_did_i_sleep > get sleep | log
how_fast_does_my_heart how_is_my_heart my_pulse > get heart rate | series
what_do_i_weigh write_down_my_weight i_weigh step_on_the_scale > log get weight | body measurements
write_down_what_i_ate what_did_i_eat i_have_eaten > log food | meals nutrition
see_a_doctor get_an_appointment_with_the_doctor when_can_i_see_the_doctor doctor_has_time > create book appointment | slot schedule patient
what_is_the_patient_taking which_medicines which_pills which_tablets > list medications | medication request patient
write_a_prescription prescribe > create medication request | prescription
what_did_the_lab_say blood_values results_of_the_blood_test lab_values > get list observations | diagnostic report results
what_is_wrong_with_the_patient which_illnesses illnesses_of > list conditions | diagnosis patient
new_patient register_a_patient > create patient | patients
vaccinated which_shots vaccinations > list immunizations | immunization
what_is_the_patient_allergic allergic_to > list allergies | intolerance
make_it_light make_it_bright light_the_room switch_the_lamp_on turn_the_lamp_on lamp_on lights_in_the turn_the_light_on turn_on_the_light > turn on set light state | lights device
make_it_dark switch_the_lamp_off turn_the_lamp_off turn_the_light_off put_the_light_out put_out_the_lights > turn off set light state | lights device
make_the_light_softer make_the_light_dimmer make_the_light_red another_colour_of_light light_is_too_bright > set update light brightness color | state
make_it_warmer make_it_cooler make_it_colder heat_the_room warm_the_room turn_the_heating turn_up_the_heat turn_down_the_heat i_am_cold i_am_freezing > set temperature thermostat | climate
how_warm_is_the_room temperature_in_the_room how_warm_is_it_inside > get state temperature | sensor thermostat
open_the_garage open_the_gate open_the_blinds lift_the_blinds > open cover | device garage
close_the_garage close_the_gate close_the_blinds lower_the_blinds > close cover | device garage
lock_the_door is_the_door_locked lock_up_the_house > lock | door device
let_the_cleaner_in unlock_the_door open_the_front_door > unlock | door device
is_somebody_home is_anyone_at_home somebody_at_the_door who_is_at_the_door look_through_the_camera > get camera snapshot | presence sensor stream
clean_the_floor start_the_robot let_the_robot_clean vacuum_the > start vacuum | robot clean
when_i_come_home do_it_when_i_leave when_the_sun_goes_down do_this_whenever every_time_the_door > create automation | rule routine
it_should_be_cosy make_it_cosy film_evening > activate scene | scenes
what_things_do_i_have_at_home which_gadgets which_devices_are_in > list devices | entities
connect_a_new_lamp add_a_new_gadget pair_a_device > add pair device | register create
how_much_power_does how_much_electricity how_much_energy_does > get energy usage | consumption
charge_the_car is_the_car_charged how_full_is_the_battery > get start charge vehicle | battery charging
warm_the_car_up where_did_i_park > get vehicle location | climate
sign_up_for_a_course take_a_course put_a_student_in enrol_in enroll_a_student > create enrollment | course student
which_courses_are_there what_can_i_learn courses_on > list search courses | course
what_must_i_hand_in what_homework do_i_have_homework homework_for > list assignments | coursework course
give_out_homework set_homework set_an_exercise > create assignment | coursework
hand_in_my_homework turn_in_my_homework hand_in_the_work > submit submission | assignment turn in
mark_the_homework grade_the_work give_a_mark give_a_grade give_marks > grade update submission | score
what_marks_did_i_get my_marks how_did_the_students_do > list get grades | submissions scores
who_is_in_the_class pupils_of_the_class students_of_the_course > list students | enrollments roster
who_teaches teacher_of > list teachers | course instructors
who_was_missing_in_class who_came_to_class > attendance | students list
make_a_test make_a_quiz write_an_exam > create quiz | test questions
what_does_the_word_mean what_does_it_mean meaning_of_the_word look_up_a_word > get definition | dictionary word entries
how_do_you_pronounce how_is_it_spoken > get pronunciation | audio word
what_do_i_have_in_the_bank how_much_is_in_my_account how_much_money_do_i_have how_much_have_i_got > get balance accounts | account
where_did_my_money_go what_did_i_spend what_have_i_spent what_did_i_buy what_went_out_of_my_account > list transactions | account spending
pay_my_rent pay_the_rent send_money_to_a_friend pay_a_friend_back give_a_friend_money > create payment transfer | recipient
split_the_bill_with share_the_cost share_the_costs who_owes_whom > create expense | group split
set_a_budget how_much_may_i_spend how_much_is_left_this_month put_money_by > get create budget | categories
what_is_a_dollar_worth how_many_euros_is how_much_is_it_in_dollars change_money what_is_the_rate > convert get exchange rate | currency latest rates
how_is_the_stock how_are_my_shares what_is_the_share_worth how_did_the_market price_of_a_share > get quote stock | price shares
buy_shares buy_stock buy_a_stock get_some_shares > create order | buy stock
sell_my_shares sell_the_stock get_out_of_the_stock > create order | sell stock
what_do_i_own_in_shares my_shares my_stocks my_investments > list positions | portfolio holdings
what_is_bitcoin_worth how_much_is_a_coin price_of_a_coin how_are_the_coins > get price | crypto coins ticker market
buy_some_coins buy_bitcoin > create order | buy crypto
send_coins send_bitcoin send_crypto pay_with_coins > create send transaction | transfer wallet crypto
what_is_in_my_wallet how_many_coins > get wallet balance | address
has_the_coin_arrived is_the_transaction_confirmed > get transaction | confirmations hash
put_my_coins_to_work stake > stake create | staking
give_to_charity give_to_a_good_cause make_a_gift_of_money > create donation | donations
find_a_flat look_for_a_flat look_for_a_house find_a_house houses_for_sale flats_to_rent > search listings | properties property
what_is_the_house_worth > get valuation estimate | property
insure get_insured how_much_is_the_insurance > create quote | policy insurance
report_the_damage make_a_claim claim_from_the_insurance > create claim | insurance
get_tickets_for seats_for_the_concert tickets_for_the_concert tickets_for_the_show > create order tickets | event ticket
which_concerts what_is_on_this_weekend what_is_happening_in_town events_near > search list events | event discovery
sell_something_i_no_longer_need put_it_up_for_auction > create listing | item
name_my_price make_a_bid offer_more > place bid | offer auction
where_is_my_dog find_my_phone where_is_my_phone ring_my_phone > get locate device location | find
wake_me_up_at wake_me_at set_an_alarm set_the_alarm > create set alarm | timer
tell_me_when_the_eggs set_a_timer count_down_from > create start timer | countdown
make_me_laugh tell_me_a_joke something_funny cheer_me_up > get joke | random
flip_a_coin roll_a_dice pick_a_number > get random | number generate
`

/** What outsiders call the things of the world. */
export const THINGS_OF_THE_WORLD = `
plane_trip air_trip air_journey flight_connection flight_connections > flight flights | offers
air_plane aeroplane airliner > aircraft flight | plane
air_field landing_strip > airport | airports
travel_plan travel_route tour_plan > itinerary trip | itineraries
holiday_flat holiday_home bed_and_breakfast guest_house guesthouse hostel lodgings > property listing hotel | accommodation
hire_car rental_car rented_car > car rental | vehicle
ride_home lift_home shared_ride > ride trip | request
bus_stop train_station railway_station underground subway metro tram public_transport > stop station | transit departures stops
driving_instructions turn_by_turn way_description > directions route | steps
position_on_the_map map_position gps_position gps_data > location coordinates | geocode
street_address_of address_of_a_place > address geocode | place
point_of_interest places_of_interest sight sights landmark landmarks tourist_attraction > place attraction | places points interest
weather_report weather_outlook outlook_for_tomorrow weather_prediction > forecast | weather
thunder_storm thunderstorm hurricane tornado heavy_rain > alert weather | warning
eating_place diner pub bistro > restaurant place | business
list_of_dishes bill_of_fare > menu | items
cooking_instructions cookery_book way_to_cook > recipe | recipes
food_values calories vitamins > nutrition nutrients | food
training_session sports_session exercise_session gym_session > workout activity | exercise
run_bike_or_swim bike_ride cycle_ride swim hike hiking walk_in_the_woods > activity | activities route
step_count pace_count daily_steps > steps activity | series
night_rest nights_sleep > sleep | log
body_data body_values vital_signs > observation measurement | body
sick_person person_in_treatment > patient | patients
medical_record health_record patient_file case_history > patient record | observation encounter
visit_to_the_doctor doctors_appointment consultation > appointment encounter | patient
drug_list medicine_list pill_list > medication | medications
smart_lamp desk_lamp ceiling_light bedside_lamp > light device | lights
heating_system heating_control room_temperature radiator air_conditioning air_conditioner > thermostat climate | temperature device
movement_detector motion_detector smoke_detector window_contact > sensor | sensors device state
smart_home_rule house_rule if_this_then_that > automation rule | automations
house_mood light_mood mood_lighting > scene | scenes
household_device household_appliance washing_machine dishwasher coffee_machine fridge > device appliance | status
electric_car e_car ev > vehicle | charge battery
home_work school_work school_task school_exercise > assignment coursework | assignments
school_mark school_grade school_report report_card > grade grades | submission
school_class study_group teaching_group > course class | students
teaching_material learning_material lesson_material > material content | course
word_book wordbook explanation_of_a_word > dictionary definition | entries
bank_movements_of_mine account_movements money_out spendings > transactions | account
stock_price share_price price_of_shares value_of_the_stock > quote price | stock
shares stocks securities stock_holdings > positions portfolio | stock
digital_money digital_coin virtual_money crypto_coin > crypto currency | coin wallet
block_chain blockchain chain_entry > block transaction | blockchain
house_for_rent flat_to_rent house_advert house_ad > listing property | listings
damage_report loss_report > claim | insurance
concert gig concerts festival theatre_play > event events | tickets venue
entrance_ticket entry_pass concert_ticket > ticket | tickets order
auction_item second_hand used_goods > listing item | auction
`
